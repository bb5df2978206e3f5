#!/bin/sh
# Makes the private folder of a Larder broker: CA, server certificate, passwords, ACL and configuration.
set -eu
umask 077
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=/etc/larder/broker
state=/var/lib/larder-broker
owner=mosquitto
port=8883
bind=
devices=
revoked=
names=
ca_days=3650
server_days=825
renew_days=30

usage() {
    cat <<'EOT'
用法 / usage: setup.sh [选项 / options] [NAME...]

生成一台 Mosquitto 代理的私有文件夹：CA、服务器证书、密码、访问控制和配置。可重复运行：已有的 CA 和密码不变。
Makes the private folder of one Mosquitto broker. Run it again at will: an existing CA and existing passwords stay; the
server certificate is issued anew when its names change or it has less than 30 days left.

  NAME              服务器的域名或 IP，写入证书 / host names and IP addresses that clients use; none: those of last time
  --dir DIR         文件夹 / the folder               (/etc/larder/broker)
  --state DIR       队列快照 / the queue snapshot     (/var/lib/larder-broker)
  --devices FILE    每行一个 设备编号 或 设备编号:密码，- 为标准输入 / one "device" or "device:password" a line, - is stdin;
                    without a password one is made. The users hub and watch are always there.
  --revoke DEVICE   删除一个用户，可重复 / take a user away; may be given again. Then reload the broker (SIGHUP)
  --owner USER      运行代理的用户 / the user that runs the broker (mosquitto)
  --port PORT       TLS 端口 / the TLS port           (8883)
  --bind ADDRESS    只监听此地址 / listen on this address only
  --help

例 / example:
  ./setup.sh --devices devices.txt broker.haibei.example 192.0.2.10

密码写在 DIR/credentials/<用户>（仅 root 可读）/ each password is in DIR/credentials/<user>.
EOT
}

fail() {
    printf 'setup.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

needs() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 not found; install it: apt-get install $2"
}

check_id() { # ID WHERE
    printf '%s\n' "$1" | grep -Eqx '[a-z0-9-]{1,32}' ||
        fail "$2: '$1' is not an id: 1 to 32 of a-z, 0-9 and -. A / or + would let it into other devices' topics" 2
}

check_password() { # PASSWORD WHERE; mosquitto_passwd -U would cut one at a colon, silently
    printf '%s\n' "$1" | grep -Eqx '[!-9;-~]{8,128}' ||
        fail "$2: a password is 8 to 128 printable ASCII characters without space and colon; leave it out to have one made" 2
}

san() { # the names as an OpenSSL subjectAltName, in the order given
    list=
    for name in $names; do
        case $name in
            *[!0-9.:a-fA-F]*) kind=DNS ;;
            *:* | *.*.*.*) kind=IP ;;
            *) kind=DNS ;;
        esac
        list="$list${list:+,}$kind:$name"
    done
    printf '%s' "$list"
}

make_ca() {
    [ -s "$dir/ca.key" ] && [ -s "$dir/ca.crt" ] && return
    if [ -e "$dir/ca.key" ] || [ -e "$dir/ca.crt" ]; then
        fail "$dir holds half a CA (ca.key or ca.crt is missing); restore it from your backup, or remove both for a new CA"
    fi
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$ca_days" \
        -subj "/CN=Larder broker CA $(openssl rand -hex 4)" \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -keyout "$dir/ca.key.new" -out "$dir/ca.crt.new" 2>/dev/null
    mv "$dir/ca.key.new" "$dir/ca.key"
    mv "$dir/ca.crt.new" "$dir/ca.crt"
    echo "made: $dir/ca.crt (give it to every device), $dir/ca.key (keep it off this machine when you are done)"
}

server_current() { # the certificate has these names, enough days, and this CA
    [ -s "$dir/server.crt" ] && [ -s "$dir/server.key" ] && [ -f "$dir/server.san" ] &&
        [ "$(cat "$dir/server.san")" = "$(san)" ] &&
        openssl x509 -in "$dir/server.crt" -noout -checkend $((renew_days * 86400)) >/dev/null &&
        openssl verify -CAfile "$dir/ca.crt" "$dir/server.crt" >/dev/null 2>&1
}

make_server() {
    server_current && return
    [ -s "$dir/ca.key" ] || fail "$dir/ca.key is needed to issue a server certificate; bring it back for this run"
    {
        echo 'basicConstraints=critical,CA:FALSE'
        echo 'keyUsage=critical,digitalSignature'
        echo 'extendedKeyUsage=serverAuth'
        echo "subjectAltName=$(san)"
    } >"$dir/server.ext"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=Larder broker' \
        -keyout "$dir/server.key.new" -out "$dir/server.csr" 2>/dev/null
    openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
        -set_serial "0x$(openssl rand -hex 16 | sed 's/^./4/')" -days "$server_days" \
        -extfile "$dir/server.ext" -out "$dir/server.crt.new" 2>/dev/null
    mv "$dir/server.key.new" "$dir/server.key"
    mv "$dir/server.crt.new" "$dir/server.crt"
    san >"$dir/server.san"
    rm -f "$dir/server.csr" "$dir/server.ext"
    echo "issued: $dir/server.crt for $(san)"
}

remember() { # NAME PASSWORD-OR-EMPTY: the credential file of one user
    file=$dir/credentials/$1
    if [ -n "$2" ]; then
        printf '%s\n' "$2" >"$file"
    elif [ ! -s "$file" ]; then
        openssl rand -hex 16 >"$file"
        echo "made: $file"
    fi
}

read_devices() {
    number=0
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in '' | '#'*) continue ;; esac
        name=${line%%:*}
        password=
        check_id "$name" "line $number"
        case $line in *:*)
            password=${line#*:}
            check_password "$password" "line $number"
            ;;
        esac
        remember "$name" "$password"
    done
}

make_passwords() { # hashed from the credentials; mosquitto_passwd -U keeps them off every command line
    : >"$dir/passwords.new"
    for file in "$dir"/credentials/*; do
        name=${file##*/}
        check_id "$name" "$dir/credentials"
        printf '%s:%s\n' "$name" "$(cat "$file")" >>"$dir/passwords.new"
    done
    mosquitto_passwd -U "$dir/passwords.new"
    mv "$dir/passwords.new" "$dir/passwords"
}

escaped() { # for the right-hand side of sed's s|||
    printf '%s' "$1" | sed 's/[\\&|]/\\&/g'
}

render() {
    sed -e "s|/etc/larder/broker/|$(escaped "$dir")/|" -e "s|/var/lib/larder-broker/|$(escaped "$state")/|" \
        -e "s|^user mosquitto\$|user $owner|" -e "s|^listener 8883\$|listener $port${bind:+ $bind}|" \
        "$here/mosquitto.conf" >"$dir/mosquitto.conf.new"
    mv "$dir/mosquitto.conf.new" "$dir/mosquitto.conf"
    cp "$here/acl" "$dir/acl.new"
    mv "$dir/acl.new" "$dir/acl"
}

hand_over() { # the broker's user reads what it needs; the CA key and the clear passwords stay with whoever ran this
    if [ "$(id -u)" -eq 0 ] && [ "$owner" != root ]; then
        chown "$owner" "$dir/passwords" "$dir/acl" "$dir/server.key" "$state"
        chmod 755 "$dir"
    fi
    chmod 644 "$dir/ca.crt" "$dir/server.crt" "$dir/mosquitto.conf"
    chmod 600 "$dir/ca.key" "$dir/server.key" "$dir/passwords" "$dir/acl"
}

while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage && exit 0 ;;
        --dir | --state | --devices | --revoke | --owner | --port | --bind)
            [ $# -ge 2 ] || fail "$1 needs a value; see --help" 2
            case $1 in
                --dir) dir=$2 ;;
                --state) state=$2 ;;
                --devices) devices=$2 ;;
                --revoke)
                    check_id "$2" --revoke
                    revoked="$revoked $2"
                    ;;
                --owner) owner=$2 ;;
                --port) port=$2 ;;
                --bind) bind=$2 ;;
            esac
            shift 2
            ;;
        -*) fail "unknown option $1; see --help" 2 ;;
        *)
            printf '%s\n' "$1" | grep -Eqx '[A-Za-z0-9.:-]+' || fail "'$1' is not a host name or an IP address" 2
            names="$names${names:+ }$1"
            shift
            ;;
    esac
done

if [ -z "$names" ] && [ -f "$dir/server.san" ]; then
    names=$(sed -e 's/DNS://g' -e 's/IP://g' -e 's/,/ /g' "$dir/server.san")
fi
[ -n "$names" ] || fail 'give at least one host name or IP address for the certificate; see --help' 2
printf '%s\n' "$port" | grep -Eqx '[0-9]{1,5}' || fail "--port $port: not a port number" 2
printf '%s\n' "$owner" | grep -Eqx '[a-z_][a-z0-9_-]*' || fail "--owner $owner: not a user name" 2
id -- "$owner" >/dev/null 2>&1 || fail "--owner $owner: no such user on this machine; apt-get install mosquitto makes mosquitto"
case $dir$state in *[[:space:]]*) fail "--dir and --state must not hold spaces: mosquitto.conf cannot name them" 2 ;; esac
needs openssl openssl
needs mosquitto_passwd mosquitto

mkdir -p "$dir" "$dir/credentials" "$state"
dir=$(CDPATH='' cd -- "$dir" && pwd)
state=$(CDPATH='' cd -- "$state" && pwd)
chmod 700 "$dir/credentials" "$state"
make_ca
make_server
remember hub ''
remember watch ''
case $devices in
    '') ;;
    -) read_devices ;;
    *)
        [ -r "$devices" ] || fail "--devices $devices: cannot be read" 2
        read_devices <"$devices"
        ;;
esac
for name in $revoked; do
    rm -f "$dir/credentials/$name"
done
make_passwords
render
hand_over
echo "ready: /usr/sbin/mosquitto -c $dir/mosquitto.conf"
