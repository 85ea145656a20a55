#!/bin/sh
# switch.sh VERSION: the server answers with that version from now on. Versions lie beside each other in /srv/forecast.
set -eu
test -f "/srv/forecast/$1.model"
ln -sfn "/srv/forecast/$1.model" /srv/forecast/current.model
systemctl reload forecast
