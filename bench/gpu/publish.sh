#!/bin/sh
# Makes out/gpu, and out/gpu.tar.gz of it: all that a Linux machine with an NVIDIA GPU needs to run the list of bench/gpu/run.sh, but for libtorch.
# No .NET has to be installed there. Run from anywhere; builds what it needs.
set -eu
cd "$(dirname "$0")/../.."
dotnet publish bench/BrushEdit.Bench -c Release -r linux-x64 --self-contained -p:DebugType=none -p:SatelliteResourceLanguages=en -o out/gpu
natives=runtimes/linux-x64/native
mkdir -p "out/gpu/$natives"
cp module/lib/$natives/libLibTorchSharp.so module/lib/$natives/libvips* "out/gpu/$natives/"
cp bench/gpu/run.sh bench/gpu/reference.py out/gpu/
tar -czf out/gpu.tar.gz -C out gpu
echo "out/gpu.tar.gz is $(du -m out/gpu.tar.gz | cut -f1) MB: unpack it, and run gpu/run.sh."
