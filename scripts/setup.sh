# Sourced by scripts/test and scripts/demo: installs what is missing (Debian 12, Ubuntu 24.04).
# Works as root and as a user with sudo.
packages=(build-essential cmake ninja-build pkg-config libhdf5-dev libdeflate-dev libcli11-dev
  libtomlplusplus-dev nlohmann-json3-dev libfmt-dev libtbb-dev libopenblas-dev libgtest-dev
  libbenchmark-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
