"""Run once in `odoo shell` on the database that every test of Odoo starts from: the gateway's account, one without rights, two groups, and keys."""
import datetime
import json
import sys


def person(login, *groups):
    user = env["res.users"].create({
        "name": login, "login": login, "group_ids": [(6, 0, [env.ref(group).id for group in ("base.group_user", *groups)])],
    })
    until = datetime.datetime.now() + datetime.timedelta(days=365 * 50)
    key = env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "tests", until)
    return {"login": login, "key": key}


staff = env["res.groups"].create({"name": "Staff"})
env["ir.model.data"].create({"module": "company", "name": "staff", "model": "res.groups", "res_id": staff.id})
env["res.groups"].create({"name": "Admins of nothing"})
# A wrong password is a part of the tests: nobody has to wait because of it.
env["ir.config_parameter"].set_param("base.login_cooldown_after", "0")
people = {
    "gateway": person("gateway", "base.group_erp_manager", "base.group_partner_manager"),
    "reader": person("reader"),
}
env.cr.commit()
print("made " + json.dumps(people), file=sys.stdout, flush=True)
