<#
.SYNOPSIS
Builds, shows, tests, packs or cleans the module.

.DESCRIPTION
Build compiles the module and lays it out under module/lib, so that Import-Module ./BrushEdit.psd1 works from here; in Release what the first
edit of a session needs is compiled ahead of time, where the package sources have the compiler (build/ReadyToRun.targets). Demo builds it and
runs examples/first-edit.ps1, which edits a picture by two sentences and writes what it did into out. Test builds everything and runs the
library's tests, then the cmdlets' tests in tests/Pester, then every example in few steps; its last line tells how many passed and failed.
Package puts the module into artifacts/BrushEdit, a folder that can be copied to a module path, and into a .nupkg beside it for
Install-PSResource: assemblies, help, examples, weights, and the small native libraries of every platform. libtorch is not in it:
Install-EditRuntime brings that. Clean removes what the others made.

Where PowerShell 7.6 is not installed, the .NET SDK runs the same in a PowerShell that it fetches: dotnet run build.cs Demo.

.PARAMETER Task
What to do: Build (the default), Demo, Test, Package or Clean.

.PARAMETER Configuration
Release (the default) or Debug.

.PARAMETER TorchBackend
The libtorch to take: cpu (the default), or cuda on Linux and Windows, several gigabytes more.

.PARAMETER LLamaBackend
The build of llama.cpp for the planner LLama: Cpu (the default), or Cuda12 or Vulkan beside it, on Linux and Windows.

.EXAMPLE
./build.ps1

.EXAMPLE
./build.ps1 -Task Demo

.EXAMPLE
./build.ps1 -Task Package
#>
#requires -Version 7.6
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Demo', 'Test', 'Package', 'Clean')]
    [string] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [ValidateSet('cpu', 'cuda')]
    [string] $TorchBackend = 'cpu',

    [ValidateSet('Cpu', 'Cuda12', 'Vulkan')]
    [string] $LLamaBackend = 'Cpu'
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot

# No build server stays behind.
$env:MSBUILDDISABLENODEREUSE = '1'

function Invoke-DotNet {
    <#
    .SYNOPSIS
    Runs dotnet, and ends the script where it fails.
    #>
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE."
    }
}

function Invoke-Script {
    <#
    .SYNOPSIS
    Runs a script in a process of its own, in the PowerShell that runs this one; $LASTEXITCODE tells how it ended.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,

        [string[]] $ArgumentList = @()
    )

    # Run as a .NET tool, PowerShell's process is dotnet itself.
    $program = [System.Environment]::ProcessPath
    $first = @(if ([System.IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { Join-Path -Path $PSHOME -ChildPath 'pwsh.dll' })
    & $program @first -NoLogo -NoProfile -File $Path @ArgumentList
}

function Invoke-Build {
    <#
    .SYNOPSIS
    Builds a project with what it needs, or the whole solution.
    #>
    [CmdletBinding()]
    param(
        [string] $Project = 'src/BrushEdit.PowerShell'
    )

    Invoke-DotNet build (Join-Path -Path $root -ChildPath $Project) -c $Configuration "-p:TorchBackend=$TorchBackend" "-p:LLamaBackend=$LLamaBackend" `
        "-p:ModuleReadyToRun=$($Configuration -eq 'Release')"
}

function Invoke-Demo {
    <#
    .SYNOPSIS
    Builds the module and does the main job.
    #>
    [CmdletBinding()]
    param()

    Invoke-Build
    Invoke-Script -Path (Join-Path -Path $root -ChildPath 'examples/first-edit.ps1')
    if ($LASTEXITCODE -ne 0) {
        throw "examples/first-edit.ps1 ended with exit code $LASTEXITCODE."
    }
}

function Get-LibraryOutcome {
    <#
    .SYNOPSIS
    Runs the xunit tests, and counts them from the result files that the test programs write.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Results
    )

    & dotnet test (Join-Path -Path $root -ChildPath 'BrushEdit.slnx') -c $Configuration --no-build --logger 'trx' --results-directory $Results | Out-Host
    $ended = $LASTEXITCODE
    $counters = Get-ChildItem -Path $Results -Filter '*.trx' | ForEach-Object { ([xml] (Get-Content -LiteralPath $_.FullName -Raw)).TestRun.ResultSummary.Counters }
    $failed = [int] ($counters | Measure-Object -Property 'failed' -Sum).Sum
    [pscustomobject] @{
        Name = 'library tests'
        Passed = [int] ($counters | Measure-Object -Property 'passed' -Sum).Sum

        # A test program that dies reports no failed test.
        Failed = if ($ended -ne 0) { [System.Math]::Max(1, $failed) } else { $failed }
    }
}

function Get-PesterOutcome {
    <#
    .SYNOPSIS
    Runs the Pester tests, and counts them from their result file.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Results
    )

    $file = Join-Path -Path $Results -ChildPath 'pester.xml'
    Invoke-Script -Path (Join-Path -Path $root -ChildPath 'tests/Pester/Invoke-Tests.ps1') -ArgumentList '-ResultPath', $file | Out-Host
    $ended = $LASTEXITCODE
    $run = if (Test-Path -LiteralPath $file) { ([xml] (Get-Content -LiteralPath $file -Raw)).'test-results' }

    # Errors are files that could not be read, and are no tests.
    $failed = [int] $run.failures + [int] $run.errors
    [pscustomobject] @{
        Name = 'cmdlets'' tests'
        Passed = [int] $run.total - [int] $run.failures - [int] $run.skipped - [int] $run.inconclusive
        Failed = if ($ended -ne 0) { [System.Math]::Max(1, $failed) } else { $failed }
    }
}

function Get-ExampleOutcome {
    <#
    .SYNOPSIS
    Runs the examples as a user does, in few steps. Each ends with an error where its own check fails.
    #>
    [CmdletBinding()]
    param()

    $few = @{
        'batch-folder' = '-Steps', '4', '-Scenes', '3'
        'find-objects' = @()
        'first-edit' = '-Steps', '6'
        'parallel' = '-Steps', '4', '-Scenes', '3'
        'train-branch' = @()
    }
    $passed = 0
    $failed = 0
    foreach ($example in Get-ChildItem -Path (Join-Path -Path $root -ChildPath 'examples') -Filter '*.ps1') {
        "== example: $($example.BaseName)" | Out-Host
        $arguments = if ($few.ContainsKey($example.BaseName)) { $few[$example.BaseName] } else { '-Steps', '6' }
        Invoke-Script -Path $example.FullName -ArgumentList $arguments | Out-Host
        if ($LASTEXITCODE -eq 0) {
            $passed++
        }
        else {
            $failed++
            "FAILED: $($example.BaseName) ended with exit code $LASTEXITCODE" | Out-Host
        }
    }

    [pscustomobject] @{ Name = 'examples'; Passed = $passed; Failed = $failed }
}

function Invoke-Test {
    <#
    .SYNOPSIS
    Builds everything and tests it; ends with exit code 1 where something failed.
    #>
    [CmdletBinding()]
    param()

    Invoke-Build -Project 'BrushEdit.slnx'
    $results = Join-Path -Path $root -ChildPath 'artifacts/tests'
    if (Test-Path -LiteralPath $results) {
        Remove-Item -LiteralPath $results -Recurse
    }

    $null = New-Item -ItemType Directory -Path $results
    $outcomes = @(
        Get-LibraryOutcome -Results $results
        Get-PesterOutcome -Results $results
        Get-ExampleOutcome
    )
    foreach ($outcome in $outcomes) {
        "$($outcome.Name): $($outcome.Passed) passed, $($outcome.Failed) failed"
    }

    $failed = ($outcomes | Measure-Object -Property 'Failed' -Sum).Sum
    "$(($outcomes | Measure-Object -Property 'Passed' -Sum).Sum) passed, $failed failed"
    if ($failed -gt 0) {
        exit 1
    }
}

function New-Package {
    <#
    .SYNOPSIS
    Builds the module and puts it into a folder that can be copied to a module path, and into a package for Install-PSResource.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param()

    $artifacts = Join-Path -Path $root -ChildPath 'artifacts'
    $package = Join-Path -Path $artifacts -ChildPath 'BrushEdit'
    if (-not $PSCmdlet.ShouldProcess($package, 'Make the package')) {
        return
    }

    Invoke-Build
    foreach ($old in Get-Item -Path $package, (Join-Path -Path $artifacts -ChildPath 'BrushEdit.*.nupkg') -ErrorAction Ignore) {
        Remove-Item -LiteralPath $old.FullName -Recurse
    }

    $null = New-Item -ItemType Directory -Path $package
    foreach ($part in 'weights', 'examples', 'en-US', 'BrushEdit.psd1', 'LICENSE', 'README.md') {
        Copy-Item -Path (Join-Path -Path $root -ChildPath $part) -Destination $package -Recurse
    }

    # What the build staged for this platform alone stays behind: libtorch, and natives that every platform has its own of.
    $module = Join-Path -Path $root -ChildPath 'module'
    foreach ($file in Get-ChildItem -LiteralPath $module -File -Recurse) {
        $relative = [System.IO.Path]::GetRelativePath($root, $file.FullName)
        if ($relative -match '^module.lib.(runtimes|llama)\W') {
            continue
        }

        $target = Join-Path -Path $package -ChildPath $relative
        $null = New-Item -ItemType Directory -Path (Split-Path -Path $target) -Force
        Copy-Item -LiteralPath $file.FullName -Destination $target
    }

    Invoke-DotNet build (Join-Path -Path $root -ChildPath 'build/BrushEdit.PackageNatives') -c $Configuration "-p:PackageDirectory=$package"
    Compress-PSResource -Path $package -DestinationPath $artifacts
    foreach ($made in Get-Item -Path $package, (Join-Path -Path $artifacts -ChildPath 'BrushEdit.*.nupkg')) {
        "The module is in $($made.FullName)."
    }
}

function Clear-Build {
    <#
    .SYNOPSIS
    Removes what the other tasks made.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param()

    $folders = @(
        Join-Path -Path $root -ChildPath 'module/lib'
        Join-Path -Path $root -ChildPath 'artifacts'
        foreach ($area in 'src', 'tests', 'build', 'bench') {
            foreach ($project in Get-ChildItem -Path (Join-Path -Path $root -ChildPath $area) -Filter '*.csproj' -Recurse) {
                Join-Path -Path $project.DirectoryName -ChildPath 'bin'
                Join-Path -Path $project.DirectoryName -ChildPath 'obj'
            }
        }
    )
    foreach ($folder in $folders) {
        if ((Test-Path -LiteralPath $folder) -and $PSCmdlet.ShouldProcess($folder, 'Remove')) {
            Remove-Item -LiteralPath $folder -Recurse -Force
        }
    }
}

switch ($Task) {
    'Build' { Invoke-Build }
    'Demo' { Invoke-Demo }
    'Test' { Invoke-Test }
    'Package' { New-Package }
    'Clean' { Clear-Build }
}
