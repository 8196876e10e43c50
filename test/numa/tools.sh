# To be sourced: finds what the virtual machine needs, and installs it from Debian's packages where that can be done.

# A test must not wait for a mirror for ever.
HOST_APT=(apt-get -qq -o Acquire::http::Timeout=30 -o Acquire::Retries=2)
# A machine of another architecture has an apt of its own: apt_get, apt_cache, can_update.
apt_get() { "${HOST_APT[@]}" "$@"; }
apt_cache() { apt-cache "$@"; }
can_update() { can_install; }

skip() {
  echo "SKIP $script: $1"
  exit 0
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

updated=()
# Fetches the package lists once: apt_update COMMAND, of the host or of the machine.
apt_update() {
  case " ${updated[*]} " in *" $1 "*) return ;; esac
  updated+=("$1")
  "$@" update >/dev/null || echo "$script: apt-get update failed; going on with the package lists there are"
}

prepare_tools() {
  local missing
  missing=$(missing_tools | xargs)
  [ -n "$missing" ] || return 0
  can_install || skip "missing: $missing (as root on Debian this script installs them: apt-get install ${PACKAGES[*]})"
  echo "$script: installing $missing"
  apt_update "${HOST_APT[@]}"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive "${HOST_APT[@]}" install -y --no-install-recommends $missing >/dev/null 2>&1 ||
    skip "apt-get could not install $missing"
  missing=$(missing_tools | xargs)
  [ -z "$missing" ] || skip "installed, and still not there: $missing"
}

newest_kernel_package() {
  apt_cache pkgnames linux-image-6.12. 2>/dev/null | grep -E "$kernels" | sort -V | tail -1
}

# Downloads a package and unpacks it into a directory, where it is not installed: unpack_package NAME DIRECTORY
unpack_package() {
  local work=$cache/package
  rm -rf "$work" && mkdir -p "$work" "$2"
  if ! (cd "$work" && apt_get download "$1" >/dev/null 2>&1); then
    # A package list that is a while old names a version that the mirror no longer has.
    if can_update; then apt_update apt_get; fi
    (cd "$work" && apt_get download "$1" >/dev/null 2>&1) || skip "apt-get could not download $1"
  fi
  dpkg-deb -x "$work"/*.deb "$2"
  rm -rf "$work"
}

# Sets `kernel` to an image, kept in the cache directory.
prepare_kernel() {
  kernel=${PAGEFERRY_NUMA_KERNEL:-$(cached_kernel)}
  [ -z "$kernel" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    skip "missing: a Debian 6.12 kernel, and no apt-get to download it (PAGEFERRY_NUMA_KERNEL=/path/to/vmlinuz)"
  local package
  if [ -z "$(newest_kernel_package)" ] && can_update; then apt_update apt_get; fi
  package=$(newest_kernel_package)
  [ -n "$package" ] || skip "missing: apt knows no package $kernels"
  echo "$script: downloading $package"
  unpack_package "$package" "$cache/kernel"
  mv "$cache"/kernel/boot/vmlinuz-* "$cache/"
  rm -rf "$cache/kernel"
  kernel=$(cached_kernel)
}

cached_kernel() { find "$cache" -maxdepth 1 -name "${images:-vmlinuz-*}" | sort -V | tail -1; }
