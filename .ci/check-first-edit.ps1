<#
.SYNOPSIS
Checks the output of examples/first-edit.ps1.

.DESCRIPTION
All files must exist, sizes must equal the scene's, pixels must differ inside the masks and nowhere else, and the parameters must be readable.
The script prints every check and exits with code 1 if one fails.

.PARAMETER Folder
The folder that the example wrote into.
#>
[CmdletBinding()]
param(
    [string] $Folder = [System.IO.Path]::Combine($PSScriptRoot, '..', 'out')
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Import-EditImage -ErrorAction Ignore)) {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, '..', 'BrushEdit.psd1'))
}

$script:faults = 0
function Confirm-That {
    <#
    .SYNOPSIS
    Prints the result of a check, and counts failures.
    #>
    [CmdletBinding()]
    param([bool] $Holds, [string] $What)

    if ($Holds) { "ok: $What" } else { "NOT SO: $What"; $script:faults++ }
}

function Read-File {
    <#
    .SYNOPSIS
    Reads one of the output pictures.
    #>
    [CmdletBinding()]
    param([string] $Name)

    Import-EditImage -LiteralPath ([System.IO.Path]::Combine($Folder, $Name))
}

$Folder = [System.IO.Path]::GetFullPath($Folder)
$scene = Read-File 'scene.png'
$before = $scene.Picture.ToRgb()
foreach ($name in 'removal', 'addition') {
    foreach ($content in '-overlay', '-comparison') {
        Confirm-That ((Read-File "$name$content.png").Picture.Width -ge $scene.Picture.Width) "$name$content.png is a picture"
    }

    $result = Read-File "$name.png"
    $mask = New-EditMask -Path ([System.IO.Path]::Combine($Folder, "$name-mask.png")) -Picture $scene.Picture
    Confirm-That ($result.Picture.Width -eq $scene.Picture.Width -and $result.Picture.Height -eq $scene.Picture.Height) "$name.png has the scene's size"

    $after = $result.Picture.ToRgb()
    $values = $mask.ToFloats()
    $touched = 0
    $inside = 0
    $changed = 0
    for ($i = 0; $i -lt $values.Length; $i++) {
        $differs = $before[3 * $i] -ne $after[3 * $i] -or $before[3 * $i + 1] -ne $after[3 * $i + 1] -or $before[3 * $i + 2] -ne $after[3 * $i + 2]
        if ($values[$i] -eq 0) {
            if ($differs) { $touched++ }
        }
        else {
            $inside++
            if ($differs) { $changed++ }
        }
    }

    Confirm-That ($touched -eq 0) "$name.png equals the scene outside the mask ($touched pixels differ)"
    Confirm-That ($inside -gt 0 -and $changed -ge $inside / 2) "$name.png differs inside it ($changed of $inside pixels)"
    Confirm-That ($result.Parameters['seed'] -match '^\d+$' -and $result.Parameters['caption'] -and $result.Parameters['steps'] -and $result.Parameters['models']) "$name.png tells its seed, caption, steps and models"
}

$page = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($Folder, 'report.html'))
$sliders = [regex]::Matches($page, '<input type="range"').Count
Confirm-That ($sliders -eq 2) "report.html shows both edits ($sliders sliders)"
Confirm-That ($page -notmatch ' (src|href)="(?!data:image/|#)') 'report.html asks for nothing outside itself'

if ($script:faults -gt 0) {
    exit 1
}
