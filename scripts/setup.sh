# Sourced by scripts/test, scripts/demo and others: installs what is missing (Debian 12, Ubuntu
# 24.04). Works as root and as a user with sudo.
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

# configure PRESET [FLAG ...]: with kernels for one GPU, so that the build stays short: the one that
# is here, else compute capability 9.0. CUDAARCHS or an earlier choice goes first; the preset `cuda`
# is for all. Prints what the build has of CUDA.
configure() {
  local architecture=()
  if [ -z "${CUDAARCHS:-}" ] && [ "$1" != cuda ] &&
    ! grep -qs '^CMAKE_CUDA_ARCHITECTURES:' "build/$1/CMakeCache.txt"; then
    architecture=(-DCMAKE_CUDA_ARCHITECTURES=90)
    if nvidia-smi -L >/dev/null 2>&1; then architecture=(-DCMAKE_CUDA_ARCHITECTURES=native); fi
  fi
  cmake --preset "$@" "${architecture[@]}" | sed -n 's/^-- cupel:/cupel:/p'
}
