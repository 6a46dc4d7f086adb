#!/bin/sh
# Runs the list for a GPU in one call, and writes its table to gpu.md: milliseconds a guided step at 512 x 512 in half precision with 1, 4 and 8
# pictures, a whole fill of 50 steps, the peak of memory; beside the reference networks where Python has torch and diffusers.
#
#   run.sh                          on the GPU; in well under ten minutes
#   run.sh --device cpu --tiny      tries the list itself, with the bundle of the checkout it is run in
#
# libtorch is taken from LD_LIBRARY_PATH; without one there, from the torch of python3. Stands in the folder that bench/gpu/publish.sh makes. What
# follows is handed on to `BrushEdit.Bench gpu`, which BRUSHEDIT_BENCH may name elsewhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

natives=
IFS=:
for folder in ${LD_LIBRARY_PATH:-}; do
    if [ -z "$natives" ] && [ -e "$folder/libtorch_cpu.so" ]; then
        natives=$folder
    fi
done
unset IFS
if [ -z "$natives" ]; then
    natives=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))' 2>/dev/null || true)
fi
if [ ! -e "$natives/libtorch_cpu.so" ]; then
    echo "There is no libtorch: name the folder of libtorch_cpu.so in LD_LIBRARY_PATH, or install torch for python3." >&2
    exit 1
fi

# What the libraries need of one another lies beside them; a torch of Python has CUDA's own in packages of their own.
for folder in "$natives" "$natives"/../../nvidia/*/lib; do
    if [ -d "$folder" ]; then
        LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    fi
done
export LD_LIBRARY_PATH
export BRUSHEDIT_NATIVES="$natives"

reference=
case " $* " in
    *" --tiny "*) ;;
    *)
        if python3 "$here/reference.py" > reference.json 2> reference.log; then
            reference=reference.json
        else
            echo "The reference was not measured: $(tail -n 1 reference.log)" >&2
        fi
        ;;
esac

"${BRUSHEDIT_BENCH:-$here/BrushEdit.Bench}" gpu --device cuda --out gpu.md --reference "$reference" "$@"
