#!/usr/bin/env bash
# Builds the native part of @tensorflow/tfjs-node against the library inside a TensorFlow wheel, because its own
# download is elsewhere: `bash test/native/build-tensorflow.sh FOLDER`. Needs npm, g++, and python3 with pip; takes 1 GB.
# Leaves FOLDER/node_modules with tfjs-node and tfjs-node-gpu ready to load (NODE_PATH=FOLDER/node_modules). The wheel
# knows no GPU: tfjs-node-gpu is there to be refused for that.
set -euo pipefail
folder="$(mkdir -p "$1" && cd "$1" && pwd)"
tfjs=4.22.0
tensorflow=2.15.1 # the newest that these bindings were tried with; they were made for 2.9.1
python="${PYTHON:-python3}"
cd "$folder"

echo '{ "private": true }' > package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error \
  "@tensorflow/tfjs-node@$tfjs" "@tensorflow/tfjs-node-gpu@$tfjs" node-api-headers@1

if [ ! -e deps/lib/libtensorflow_cc.so.2 ]; then
  # The C interface is the same for every Python: 3.11 is only a wheel that exists.
  "$python" -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux_2_17_x86_64 --dest wheels "tensorflow-cpu==$tensorflow"
  "$python" - <<'PYTHON'
import glob, os, shutil, zipfile

wheel = zipfile.ZipFile(glob.glob("wheels/*.whl")[0])
for name in wheel.namelist():
    library = name in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
    header = name.startswith("tensorflow/include/") and name.endswith(".h")
    if not library and not header:
        continue
    target = name.replace("tensorflow/", "deps/lib/" if library else "deps/", 1)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with wheel.open(name) as source, open(target, "wb") as sink:
        shutil.copyfileobj(source, sink)
PYTHON
  rm -r wheels
fi

sources="node_modules/@tensorflow/tfjs-node/binding"
g++ -O2 -std=c++17 -shared -fPIC -DNAPI_VERSION=8 \
  -Inode_modules/node-api-headers/include -Ideps/include \
  "$sources/tfjs_backend.cc" "$sources/tfjs_binding.cc" \
  -Ldeps/lib -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 "-Wl,-rpath,$folder/deps/lib" \
  -o tfjs_binding.node
for package in tfjs-node tfjs-node-gpu; do
  mkdir -p "node_modules/@tensorflow/$package/lib/napi-v8"
  cp tfjs_binding.node "node_modules/@tensorflow/$package/lib/napi-v8/"
done
