<#
.SYNOPSIS
Builds, tests, packs or cleans the module.

.DESCRIPTION
Build compiles everything and lays the module out under module/lib, so that Import-Module ./BrushEdit.psd1 works from here.
Test runs the tests, and the Pester tests where Pester 5 or later is installed. Package puts the module with its natives and
weights into artifacts/BrushEdit, a folder that can be copied to a module path. Clean removes what the others made.

.PARAMETER Task
What to do: Build (the default), Test, Package or Clean.

.PARAMETER Configuration
Release (the default) or Debug.

.PARAMETER TorchBackend
The libtorch to take: cpu (the default), or cuda on Linux and Windows, several gigabytes more.

.PARAMETER With
Optional parts that need packages the default build does without: LLama, the planner that runs a GGUF model in process.

.EXAMPLE
./build.ps1

.EXAMPLE
./build.ps1 -Task Package -TorchBackend cuda
#>
#requires -Version 7.6
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Package', 'Clean')]
    [string] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [ValidateSet('cpu', 'cuda')]
    [string] $TorchBackend = 'cpu',

    [ValidateSet('LLama')]
    [string[]] $With = @()
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot

function Invoke-DotNet {
    # Runs dotnet in the repository's root and ends the script where it fails.
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE."
    }
}

function Invoke-BuildTask {
    Invoke-DotNet build ([System.IO.Path]::Combine($root, 'BrushEdit.slnx')) -c $Configuration "-p:TorchBackend=$TorchBackend"
    foreach ($part in $With) {
        $project = [System.IO.Path]::Combine($root, 'src', "BrushEdit.$part", "BrushEdit.$part.csproj")
        if (-not [System.IO.File]::Exists($project)) {
            throw "There is no optional part '$part' in this version: '$project' is missing."
        }

        Invoke-DotNet build $project -c $Configuration "-p:TorchBackend=$TorchBackend"
    }
}

function Invoke-TestTask {
    Invoke-DotNet test ([System.IO.Path]::Combine($root, 'BrushEdit.slnx')) -c $Configuration "-p:TorchBackend=$TorchBackend"
    $pester = Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 }
    if (-not $pester) {
        'Pester 5 or later is not installed: the tests in tests/Pester were not run.'
        return
    }

    Import-Module Pester -MinimumVersion 5.0
    $result = Invoke-Pester -Path ([System.IO.Path]::Combine($root, 'tests', 'Pester')) -PassThru
    if ($result.FailedCount -gt 0) {
        throw "$($result.FailedCount) Pester tests failed."
    }
}

function Copy-Tree([string] $From, [string] $To) {
    # Copies a folder's files, those below it included.
    foreach ($file in [System.IO.Directory]::EnumerateFiles($From, '*', 'AllDirectories')) {
        $target = [System.IO.Path]::Combine($To, [System.IO.Path]::GetRelativePath($From, $file))
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($target))
        [System.IO.File]::Copy($file, $target, $true)
    }
}

function Invoke-PackageTask {
    Invoke-BuildTask
    $package = [System.IO.Path]::Combine($root, 'artifacts', 'BrushEdit')
    if ([System.IO.Directory]::Exists($package)) {
        [System.IO.Directory]::Delete($package, $true)
    }

    $null = [System.IO.Directory]::CreateDirectory($package)
    foreach ($folder in 'module', 'weights', 'examples', 'en-US') {
        $from = [System.IO.Path]::Combine($root, $folder)
        if ([System.IO.Directory]::Exists($from)) {
            Copy-Tree $from ([System.IO.Path]::Combine($package, $folder))
        }
    }

    foreach ($file in 'BrushEdit.psd1', 'LICENSE', 'README.md') {
        $from = [System.IO.Path]::Combine($root, $file)
        if ([System.IO.File]::Exists($from)) {
            [System.IO.File]::Copy($from, [System.IO.Path]::Combine($package, $file))
        }
    }

    "The module is in $package."
}

function Invoke-CleanTask {
    $folders = @(
        [System.IO.Path]::Combine($root, 'module', 'lib')
        [System.IO.Path]::Combine($root, 'artifacts')
        foreach ($area in 'src', 'tests', 'build', 'bench') {
            $folder = [System.IO.Path]::Combine($root, $area)
            if ([System.IO.Directory]::Exists($folder)) {
                foreach ($project in [System.IO.Directory]::EnumerateFiles($folder, '*.csproj', 'AllDirectories')) {
                    [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($project), 'bin')
                    [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($project), 'obj')
                }
            }
        }
    )
    foreach ($folder in $folders) {
        if ([System.IO.Directory]::Exists($folder)) {
            [System.IO.Directory]::Delete($folder, $true)
        }
    }
}

switch ($Task) {
    'Build' { Invoke-BuildTask }
    'Test' { Invoke-TestTask }
    'Package' { Invoke-PackageTask }
    'Clean' { Invoke-CleanTask }
}
