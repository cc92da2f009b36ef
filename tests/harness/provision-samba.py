"""Makes the domain that every test of Active Directory starts from, once: tests copy the folder. Python, because Samba's own tool for
it needs extended attributes of the file system, which containers often lack; its library does not."""
import logging
import os
import sys

from samba import dsdb, sd_utils
from samba.auth import system_session
from samba.ndr import ndr_unpack
from samba.dcerpc import security
from samba.provision import provision
from samba.samdb import SamDB

folder = sys.argv[1]
domain = "DC=ad,DC=example,DC=org"
conf = os.path.join(folder, "etc", "smb.conf")
os.makedirs(os.path.dirname(conf))
open(conf, "w").close()
made = provision(
    logging.getLogger("provision"), system_session(), smbconf=conf, targetdir=folder,
    realm="AD.EXAMPLE.ORG", domain="ADTEST", hostname="dc1", hostip="127.0.0.1", adminpass="Root-secret-1!",
    serverrole="active directory domain controller", dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2,
    dns_backend="NONE", skip_sysvolacl=True, useeadb=False)
directory = SamDB(url=made.paths.samdb, session_info=system_session(), lp=made.lp)

directory.transaction_start()
for unit in ["people", "elsewhere", "groups", "crowd"]:
    directory.create_ou(f"OU={unit},{domain}")
for group in ["staff", "admins", "crowd"]:
    directory.newgroup(group, groupou="OU=groups")
directory.newuser("gateway", "Gateway-secret-1!")
directory.newuser("operator", "Operator-secret-1!")
directory.newuser("reader", "Reader-secret-1!")
directory.newuser("limited", "Limited-secret-1!")
directory.add_remove_group_members("Account Operators", ["gateway", "operator"])
# A group above the 1500 values that a domain controller shows at once.
contacts = [f"CN=contact {number},OU=crowd,{domain}" for number in range(1600)]
for contact in contacts:
    directory.add({"dn": contact, "objectClass": "contact"})
members = "".join(f"member: {contact}\n" for contact in contacts)
directory.modify_ldif(f"dn: CN=crowd,OU=groups,{domain}\nchangetype: modify\nadd: member\n{members}")
directory.transaction_commit()

# What an administrator delegates: that deleted accounts can be brought back; and, to another account, too little.
rights = sd_utils.SDUtils(directory)


def sid_of(name):
    found = directory.search(domain, expression=f"(sAMAccountName={name})", attrs=["objectSid"])
    return ndr_unpack(security.dom_sid, found[0]["objectSid"][0])


reanimate = "45ec5156-db7e-47bb-b53f-dbeb2d03c40f"
rights.dacl_add_ace(domain, f"(OA;;CR;{reanimate};;{sid_of('gateway')})")
for name in ["gateway", "operator"]:
    rights.dacl_add_ace(f"CN=Deleted Objects,{domain}", f"(A;CI;LCRP;;;{sid_of(name)})")
user = "bf967aba-0de6-11d0-a285-00aa003049e2"
for unit in ["people", "elsewhere"]:
    rights.dacl_add_ace(f"OU={unit},{domain}", f"(OA;CI;CC;{user};;{sid_of('limited')})")
    for property in ["bf967a68-0de6-11d0-a285-00aa003049e2", "bf967a0a-0de6-11d0-a285-00aa003049e2"]:
        rights.dacl_add_ace(f"OU={unit},{domain}", f"(OA;CIIO;WP;{property};{user};{sid_of('limited')})")
