# To be sourced: finds what the virtual machine needs, and installs it from Debian's packages where that can be done.

PACKAGES=(qemu-system-x86 busybox-static cpio)
# A test must not wait for a mirror for ever.
APT=(apt-get -qq -o Acquire::http::Timeout=30 -o Acquire::Retries=2)

skip() {
  echo "SKIP test:numa: $1"
  exit 0
}

missing_tools() {
  command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
  # The one of the package busybox is not static everywhere, and the guest has no other program.
  { [ -x "$(command -v busybox)" ] && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } || echo busybox-static
  command -v cpio >/dev/null || echo cpio
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_updated=no
apt_update() {
  [ $apt_updated = yes ] && return
  apt_updated=yes
  "${APT[@]}" update >/dev/null || echo "test:numa: apt-get update failed; going on with the package lists there are"
}

prepare_tools() {
  [ "$(uname -sm)" = 'Linux x86_64' ] || skip "needs Linux on x86-64, this is $(uname -sm)"
  local missing
  missing=$(missing_tools | xargs)
  [ -n "$missing" ] || return 0
  can_install || skip "missing: $missing (as root on Debian this script installs them: apt-get install ${PACKAGES[*]})"
  echo "test:numa: installing $missing"
  apt_update
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive "${APT[@]}" install -y --no-install-recommends $missing >/dev/null 2>&1 ||
    skip "apt-get could not install $missing"
  missing=$(missing_tools | xargs)
  [ -z "$missing" ] || skip "installed, and still not there: $missing"
}

# The newest 6.12 cloud kernel that apt knows; the signed one is no dependency of anything else and needs no other package.
newest_kernel_package() {
  apt-cache pkgnames linux-image-6.12. 2>/dev/null | grep -E '^linux-image-6\.12\.[0-9]+[^-]*-cloud-amd64$' | sort -V | tail -1
}

# Sets `kernel` to an image, kept in the cache directory $1.
prepare_kernel() {
  kernel=${PAGEFERRY_NUMA_KERNEL:-$(find "$1" -maxdepth 1 -name 'vmlinuz-*' | sort -V | tail -1)}
  [ -z "$kernel" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    skip "missing: a Debian 6.12 cloud kernel, and no apt-get to download it (PAGEFERRY_NUMA_KERNEL=/path/to/vmlinuz)"
  local package
  if [ -z "$(newest_kernel_package)" ] && can_install; then apt_update; fi
  package=$(newest_kernel_package)
  [ -n "$package" ] || skip "missing: apt knows no linux-image-6.12.*-cloud-amd64"
  echo "test:numa: downloading $package"
  local work=$1/package
  rm -rf "$work" && mkdir -p "$work"
  if ! (cd "$work" && "${APT[@]}" download "$package" >/dev/null 2>&1); then
    # A package list that is a while old names a version that the mirror no longer has.
    if can_install; then apt_update; fi
    package=$(newest_kernel_package)
    (cd "$work" && "${APT[@]}" download "$package" >/dev/null 2>&1) || skip "apt-get could not download $package"
  fi
  dpkg-deb -x "$work"/*.deb "$work/root"
  mv "$work"/root/boot/vmlinuz-* "$1/"
  rm -rf "$work"
  kernel=$(find "$1" -maxdepth 1 -name 'vmlinuz-*' | sort -V | tail -1)
}
