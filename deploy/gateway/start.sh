#!/bin/sh
# Fills the templates from USGA_* variables into a writable folder and runs nginx there.
# USGA_GATEWAY_VARIANT is `plain` or `tls`.
set -eu
source="${USGA_GATEWAY_SOURCE:-/opt/usga/gateway}"
run="${USGA_GATEWAY_RUN:-/tmp/gateway}"
variant="${USGA_GATEWAY_VARIANT:-plain}"

: "${USGA_GATEWAY_USER:=}" "${USGA_GATEWAY_WORKERS:=auto}"
: "${USGA_GATEWAY_ERROR_LOG:=stderr}" "${USGA_GATEWAY_ACCESS_LOG:=/dev/stdout usga}"
: "${USGA_GATEWAY_RATE_ADDRESS:=200r/s}" "${USGA_GATEWAY_RATE_CREDENTIAL:=100r/s}"
: "${USGA_GATEWAY_RATE_ENTRANCE:=2r/s}" "${USGA_GATEWAY_LISTEN:=8080}"
: "${USGA_ASSESSMENT_ADDRESS:=assessment:8081}" "${USGA_INDICATORS_ADDRESS:=indicators:8082}"
: "${USGA_REPORTS_ADDRESS:=reports:8083}" "${USGA_GATEWAY_MORE_ASSESSMENT:=}"
export USGA_GATEWAY_USER USGA_GATEWAY_WORKERS USGA_GATEWAY_ERROR_LOG USGA_GATEWAY_ACCESS_LOG \
    USGA_GATEWAY_RATE_ADDRESS USGA_GATEWAY_RATE_CREDENTIAL USGA_GATEWAY_RATE_ENTRANCE \
    USGA_GATEWAY_LISTEN USGA_ASSESSMENT_ADDRESS USGA_GATEWAY_MORE_ASSESSMENT USGA_INDICATORS_ADDRESS \
    USGA_REPORTS_ADDRESS

mkdir -p "$run"
cp -R "$source/conf" "$source/site" "$run/"
# Only names in ${BRACES} that are exported are replaced; nginx's own $variables stay.
names="$(env | sed -n 's/^\(USGA_[A-Z_]*\)=.*/${\1}/p' | tr '\n' ' ')"
envsubst "$names" <"$source/nginx.conf.template" >"$run/nginx.conf"
envsubst "$names" <"$source/server-$variant.conf.template" >"$run/server.conf"
exec nginx -e stderr -p "$run" -c nginx.conf "$@"
