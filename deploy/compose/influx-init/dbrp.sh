#!/bin/sh
# Boards ask in InfluxQL: InfluxDB 2 answers it for a database that is mapped to a bucket.
set -eu
influx v1 dbrp create --db larder --rp autogen --default --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID"
