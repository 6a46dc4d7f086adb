#!/bin/sh
# Edits a folder of pictures as a Slurm array job: each task does one part of the files, told by their names, and all write to one folder.
# A task that was ended by a time limit or a lost node goes on where it was when it is submitted again.
#
#   sbatch --array=1-8 examples/slurm-array.sh 'photos/*.jpg' 'remove the dog' /shared/out
#
# Submit it from the repository's root, after a build. Ask for a GPU with --gres=gpu:1 where the build has the CUDA libtorch.
#SBATCH --job-name=brushedit
#SBATCH --array=1-4
#SBATCH --cpus-per-task=1
#SBATCH --output=brushedit-%A_%a.log
set -eu

pictures=${1:?give the pictures, such as 'photos/*.jpg'}
instruction=${2:?give the instruction, such as 'remove the dog'}
output=${3:?give the folder for the results}
shift 3
# A site that requeues tasks keeps their numbers; the number of parts is that of the whole array.
part="${SLURM_ARRAY_TASK_ID:?run it with sbatch}/${SLURM_ARRAY_TASK_COUNT}"

export POWERSHELL_TELEMETRY_OPTOUT=1
export OMP_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
# PowerShell where it is installed, else the one that 'dotnet tool restore' fetches for this repository.
shell=pwsh
command -v pwsh >/dev/null || shell='dotnet pwsh'
exec $shell -NoProfile -File examples/batch-folder.ps1 \
    -Path "$pictures" -Instruction "$instruction" -OutputFolder "$output" -Shard "$part" "$@"
