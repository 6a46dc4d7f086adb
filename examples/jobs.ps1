<#
.SYNOPSIS
Edits what a table says: each row's picture by its own instruction, seed, box and mask, into a file of its own.

.DESCRIPTION
The columns of a CSV file bind by their names: Path names the picture, Instruction, Seed, Box, Mask and the other parameters of
Invoke-ImageEdit say what is done to it, Output says where the result goes. An empty cell is as if the column were not there; what is typed
wins over every row. A row that cannot be used is an error of its own, and the others go on. Run it again, and it does only what is missing.

Without -Path it draws a few scenes and a mask, and edits them as examples/jobs.csv says. Paths in a table are relative to the current
location. Needs neither detector nor segmenter. Ends with an error where a row failed.

.EXAMPLE
./examples/jobs.ps1

.EXAMPLE
./examples/jobs.ps1 -Path my-jobs.csv -OutputFolder out/my-jobs -Steps 50
#>
[CmdletBinding()]
param(
    # The table. Without it scenes are drawn, and examples/jobs.csv is done.
    [string] $Path,

    # Where the results go: below the current location.
    [string] $OutputFolder = [System.IO.Path]::Combine($PWD.ProviderPath, 'out', 'jobs'),

    # Sampling steps.
    [int] $Steps = 20,

    # The model: a name or a path.
    [string] $Model = 'toybox'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-ImageEdit -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$OutputFolder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)
$location = $PWD.ProviderPath
if (-not $Path) {
    $Path = [System.IO.Path]::Combine($PSScriptRoot, 'jobs.csv')
    $location = [System.IO.Path]::Combine($OutputFolder, 'photos')
    foreach ($seed in 1..4) {
        $null = (New-ToyScene -Seed $seed).Picture | Export-EditImage -Path ([System.IO.Path]::Combine($location, "scene-$seed.png")) -Force
    }

    $null = New-EditMask -Box 40, 40, 48, 48 -Width 128 -Height 128 | Export-EditImage -Path ([System.IO.Path]::Combine($location, 'mask-4.png')) -Force
}

$rows = Import-Csv -LiteralPath $Path
Push-Location -LiteralPath $location
try {
    $files = $rows | Invoke-ImageEdit -Directory $OutputFolder -Resume -Steps $Steps -Model $Model -ErrorVariable faults -ErrorAction Continue
}
finally {
    Pop-Location
}

foreach ($file in $files) {
    "$($file.Name): $($file.Status), $($file.Path)"
}

"$(@($rows).Count) rows, $(@($files).Count) done, $($faults.Count) failed"
if (@($files).Count -lt @($rows).Count) {
    exit 1
}
