# Common commands of PowerShell that the bare engine lacks, as far as scripts for this module need them. Each is defined only where
# the engine has none of that name. The full ones are in PowerShell itself.

function Write-Output {
    # Passes its input on.
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipeline)] [AllowNull()] [object] $InputObject, [switch] $NoEnumerate)
    process { if ($NoEnumerate) { , $InputObject } else { $InputObject } }
}

function Write-Host {
    # Writes text to the console, not to the pipeline.
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipeline, ValueFromRemainingArguments)] [AllowNull()] [object[]] $Object, [switch] $NoNewline)
    process { if ($NoNewline) { $Host.UI.Write("$Object") } else { $Host.UI.WriteLine("$Object") } }
}

function Write-Warning {
    # Writes a warning.
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowEmptyString()] [string] $Message)
    process { $PSCmdlet.WriteWarning($Message) }
}

function Write-Verbose {
    # Writes a line that is seen with -Verbose.
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowEmptyString()] [string] $Message)
    process { $PSCmdlet.WriteVerbose($Message) }
}

function Write-Error {
    # Writes an error and goes on.
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowEmptyString()] [string] $Message)
    process {
        $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new(
            [System.Exception]::new($Message), 'WriteError', [System.Management.Automation.ErrorCategory]::NotSpecified, $null))
    }
}

function Join-Path {
    # Joins folder and name.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path,
        [Parameter(Mandatory, Position = 1)] [string] $ChildPath,
        [Parameter(ValueFromRemainingArguments)] [string[]] $AdditionalChildPath = @())
    process { [System.IO.Path]::Combine([string[]] (@($Path, $ChildPath) + $AdditionalChildPath)) }
}

function Test-Path {
    # Whether there is such a file or folder.
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [string] $Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath')] [string] $LiteralPath,
        [ValidateSet('Any', 'Leaf', 'Container')] [string] $PathType = 'Any')
    process {
        $intrinsics = $ExecutionContext.SessionState.InvokeProvider.Item
        $there = if ($LiteralPath) { $intrinsics.Exists($LiteralPath, $false, $true) } else { $intrinsics.Exists($Path) }
        if (-not $there -or $PathType -eq 'Any') { return $there }
        $items = if ($LiteralPath) { $intrinsics.Get($LiteralPath, $false, $true) } else { $intrinsics.Get($Path) }
        [bool] @($items | Where-Object { $_.PSIsContainer -eq ($PathType -eq 'Container') })
    }
}

function Resolve-Path {
    # The full paths that a path with wildcards stands for.
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string[]] $Path)
    process { foreach ($one in $Path) { $PSCmdlet.SessionState.Path.GetResolvedPSPathFromPSPath($one) } }
}

function Get-Item {
    # Files and folders by their paths.
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'Path')] [string[]] $Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath')] [string[]] $LiteralPath)
    process {
        foreach ($one in $Path) { $PSCmdlet.InvokeProvider.Item.Get($one) }
        if ($LiteralPath) { $PSCmdlet.InvokeProvider.Item.Get($LiteralPath, $false, $true) }
    }
}

function New-Item {
    # Makes a folder, or an empty file.
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path,
        [ValidateSet('Directory', 'File')] [string] $ItemType = 'File',
        [switch] $Force)
    process {
        $full = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
        if (-not $PSCmdlet.ShouldProcess($full, "New $ItemType")) { return }
        if (-not $Force -and ([System.IO.File]::Exists($full) -or [System.IO.Directory]::Exists($full))) { throw "'$full' exists already." }
        if ($ItemType -eq 'Directory') { return [System.IO.Directory]::CreateDirectory($full) }
        [System.IO.File]::Create($full).Dispose()
        [System.IO.FileInfo]::new($full)
    }
}

function Get-ChildItem {
    # Files and folders in a folder.
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline)] [string[]] $Path = '.',
        [Parameter(Position = 1)] [string] $Filter = '*',
        [switch] $Recurse, [switch] $File, [switch] $Directory)
    process {
        foreach ($one in $Path) {
            $PSCmdlet.InvokeProvider.ChildItem.Get($one, $Recurse.IsPresent) |
                Where-Object { $_.Name -like $Filter -and -not ($File -and $_.PSIsContainer) -and -not ($Directory -and -not $_.PSIsContainer) }
        }
    }
}

function Select-Object {
    # Some objects of many, or some properties of each.
    [CmdletBinding()]
    param(
        [Parameter(ValueFromPipeline)] [object] $InputObject,
        [Parameter(Position = 0)] [object[]] $Property,
        [string] $ExpandProperty, [int] $First = -1, [int] $Last = -1, [int] $Skip = 0)
    begin { $all = [System.Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        $from = [System.Math]::Min($Skip, $all.Count)
        $count = $all.Count - $from
        if ($First -ge 0) { $count = [System.Math]::Min($First, $count) }
        elseif ($Last -ge 0) { $count = [System.Math]::Min($Last, $count); $from = $all.Count - $count }
        foreach ($item in $all.GetRange($from, $count)) {
            if ($ExpandProperty) { $item.$ExpandProperty; continue }
            if (-not $Property) { $item; continue }
            $shown = [ordered] @{}
            foreach ($name in $Property) {
                if ($name -is [System.Collections.IDictionary]) {
                    $label = if ($name.Contains('Name')) { $name['Name'] } else { $name['Label'] }
                    $shown[$label] = $item | ForEach-Object $name['Expression']
                }
                else {
                    foreach ($found in $item.PSObject.Properties.Match($name)) { $shown[$found.Name] = $found.Value }
                }
            }
            [pscustomobject] $shown
        }
    }
}

function Sort-Object {
    # Objects in order, by themselves or by a property or script; equal ones keep theirs.
    [CmdletBinding()]
    param([Parameter(ValueFromPipeline)] [object] $InputObject, [Parameter(Position = 0)] [object] $Property, [switch] $Descending)
    begin { $all = [System.Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        $keys = foreach ($item in $all) {
            [pscustomobject] @{ Item = $item; Key = if ($null -eq $Property) { $item } elseif ($Property -is [scriptblock]) { $item | ForEach-Object $Property } else { $item.$Property } }
        }
        $sorted = [System.Collections.Generic.List[object]]::new()
        foreach ($pair in $keys) {
            $at = $sorted.Count
            while ($at -gt 0) {
                $sign = [System.Management.Automation.LanguagePrimitives]::Compare($sorted[$at - 1].Key, $pair.Key, $true)
                if ($Descending) { $sign = -$sign }
                if ($sign -le 0) { break }
                $at--
            }
            $sorted.Insert($at, $pair)
        }
        foreach ($pair in $sorted) { $pair.Item }
    }
}
