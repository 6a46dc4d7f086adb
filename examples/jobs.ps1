<#
.SYNOPSIS
Edits pictures from a table: each row's picture with its own instruction, seed, box and mask, into its own file.

.DESCRIPTION
The columns of a CSV file bind by their names: Path names the picture; Instruction, Seed, Box, Mask and the other parameters of
Invoke-ImageEdit describe the edit; Output names the result. An empty cell counts as absent, and a parameter on the command line takes
precedence over every row. Each invalid row is a separate error, and the others continue. A second run edits only what is missing.

Without -Path it draws a few scenes and a mask, and edits them according to examples/jobs.csv. Paths in a table are relative to the current
location. Needs neither detector nor segmenter. Ends with an error if a row fails.

.EXAMPLE
./examples/jobs.ps1

.EXAMPLE
./examples/jobs.ps1 -Path my-jobs.csv -OutputFolder out/my-jobs -Steps 50
#>
[CmdletBinding()]
param(
    # The table. Without it the script draws scenes and runs examples/jobs.csv.
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
