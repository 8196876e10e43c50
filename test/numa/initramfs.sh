#!/usr/bin/env bash
# initramfs.sh CACHE TORTURE TEST…: packs CACHE/root, where the guest's programs are, with the built package, what it depends
# on and the tests named into CACHE/initrd.img. TORTURE are the arguments of a torture after the tests, or ''.
set -euo pipefail
cache=$1
torture=$2
shift 2
root=$cache/root
[ -f dist/src/index.js ] || { echo 'not built; run it by: npm run test:numa'; exit 1; }

ln -s busybox "$root/bin/sh"
app=$root/app
cp package.json "$app/"
cp -r dist/src dist/test "$app/dist/"
cp -r examples profiles src "$app/"
# What a user of the package gets, as the lock file has it.
node -e '
  const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
  for (const [path, { dev }] of Object.entries(packages)) if (path !== "" && !dev && fs.existsSync(path)) console.log(path);
' | while read -r path; do
  mkdir -p "$app/$(dirname "$path")"
  [ -d "$app/$path" ] || cp -rL "$path" "$app/$path"
done
# Those in test/numa are for two nodes, all others for a host that has one.
touch "$app/tests" "$app/tests-of-one-node"
for name in "$@"; do
  list=tests
  files=("dist/test/numa/guest/$name.js")
  [ -f "${files[0]}" ] || files=("dist/test/$name.js")
  if [ ! -f "${files[0]}" ]; then
    list=tests-of-one-node
    files=()
    for file in "dist/test/$name".{test,long}.js; do
      if [ -f "$file" ]; then files+=("$file"); fi
    done
  fi
  [ ${#files[@]} != 0 ] || { echo "there is no test '$name' in test/numa/guest or test"; exit 1; }
  printf '%s\n' "${files[@]}" >>"$app/$list"
done
echo "$torture" >"$app/torture"
install -m 755 test/numa/init.sh "$root/init"
# Not compressed: unpacking it would take the emulated CPU longer than reading it.
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$cache/initrd.img"
rm -rf "$root"
