# syntax=docker/dockerfile:1

# What the browser gets.
FROM node:22-bookworm-slim AS assets
WORKDIR /static
COPY static/package.json static/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY static/ ./
RUN node build.mjs

# The one binary. SQL is checked against the answers in .sqlx: no database is needed here.
FROM rust:1.95-bookworm AS build
WORKDIR /src
ENV SQLX_OFFLINE=true
COPY . .
COPY --from=assets /static/dist static/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p sebar && cp target/release/sebar /usr/local/bin/sebar

FROM debian:bookworm-slim
# curl for the health check; certificates to verify the relays'.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /var/lib/sebar sebar \
    && install -d -o sebar -g sebar -m 0700 /var/lib/sebar
COPY --from=build /usr/local/bin/sebar /usr/local/bin/sebar
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/sebar/
USER sebar
WORKDIR /var/lib/sebar
ENV SEBAR_LISTEN=0.0.0.0:8080 \
    SEBAR_CATCHER_LISTEN=0.0.0.0:2525 \
    SEBAR_STATE_DIR=/var/lib/sebar \
    SEBAR_LOG=json
EXPOSE 8080 2525
# SIGTERM drains for up to 30 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["sebar"]
CMD ["serve"]
