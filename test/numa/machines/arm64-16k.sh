# To be sourced: as arm64.sh, with a kernel whose base pages have 16 KiB. pageferry refuses it, and says why.

# shellcheck source=arm64.sh
. test/numa/machines/arm64.sh
script=test:arm64-16k
kernels='^linux-image-6\.12\.[0-9]+[^-]*-arm64-16k$'
tests=(numa/base-pages)
torture=''
# Beside arm64's own kernel, which it shares the cache with.
images='vmlinuz-*-16k'
