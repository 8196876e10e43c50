#!/usr/bin/env bash
# initramfs.sh CACHE TEST…: packs node, the built package, what it depends on and the tests named into CACHE/initrd.img.
set -euo pipefail
cache=$1
shift
root=$cache/root
node=$(readlink -f "$(command -v node)")
[ -f dist/src/index.js ] || { echo 'test:numa: not built; run it by: npm run test:numa'; exit 1; }

rm -rf "$root"
mkdir -p "$root"/{bin,dev,proc,sys,tmp,app/node_modules,app/dist}
cp "$(command -v busybox)" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
cp "$node" "$root/bin/node"
ldd "$node" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

app=$root/app
cp package.json "$app/"
cp -r dist/src dist/test "$app/dist/"
cp -r examples "$app/"
# What a user of the package gets, as the lock file has it.
node -e '
  const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
  for (const [path, { dev }] of Object.entries(packages)) if (path !== "" && !dev && fs.existsSync(path)) console.log(path);
' | while read -r path; do
  mkdir -p "$app/$(dirname "$path")"
  [ -d "$app/$path" ] || cp -rL "$path" "$app/$path"
done
for name in "$@"; do
  [ -f "dist/test/numa/guest/$name.js" ] || { echo "test:numa: there is no test '$name'"; exit 1; }
  echo "dist/test/numa/guest/$name.js"
done >"$app/tests"
install -m 755 test/numa/init.sh "$root/init"
# Not compressed: unpacking it would take the emulated CPU longer than reading it.
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$cache/initrd.img"
rm -rf "$root"
