<#
.SYNOPSIS
Builds, demonstrates, tests, packages or cleans the module.

.DESCRIPTION
Build compiles the module and lays it out under module/lib, so that Import-Module ./BrushEdit.psd1 works from the checkout. In Release, the code
that the first edit of a session needs is compiled ahead of time if the package sources have the compiler (build/ReadyToRun.targets). Demo builds
the module and runs examples/first-edit.ps1, which makes two edits of a picture by instruction and writes the results into out. Test builds
everything and runs the library's tests, then the cmdlets' tests in tests/Pester, then every example with few steps; its last line gives the
numbers of passed and failed tests. Package puts the module into artifacts/BrushEdit, a folder that can be copied to a module path, and into a
.nupkg next to it for Install-PSResource: assemblies, help, examples, weights, and the small native libraries of every platform. It does not
include libtorch, which Install-EditRuntime installs. Clean removes the output of the other tasks.

If PowerShell 7.6 is not installed, the .NET SDK can run the same tasks in a PowerShell that it downloads: dotnet run build.cs Demo.

.PARAMETER Task
The task: Build (the default), Demo, Test, Package or Clean.

.PARAMETER Configuration
Release (the default) or Debug.

.PARAMETER TorchBackend
The build of libtorch: cpu (the default), or on Linux and Windows cuda, which is several gigabytes larger.

.PARAMETER LLamaBackend
The build of llama.cpp for the planner LLama: Cpu (the default), or on Linux and Windows Cuda12 or Vulkan in addition to it.

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

# No build server keeps running after the build.
$env:MSBUILDDISABLENODEREUSE = '1'

function Invoke-DotNet {
    <#
    .SYNOPSIS
    Runs dotnet and throws if it fails.
    #>
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE."
    }
}

function Invoke-Script {
    <#
    .SYNOPSIS
    Runs a script in a new process of the same PowerShell; $LASTEXITCODE is its exit code.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,

        [string[]] $ArgumentList = @()
    )

    # If PowerShell runs as a .NET tool, its process is dotnet.
    $program = [System.Environment]::ProcessPath
    $first = @(if ([System.IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { Join-Path -Path $PSHOME -ChildPath 'pwsh.dll' })
    & $program @first -NoLogo -NoProfile -File $Path @ArgumentList
}

function Invoke-Build {
    <#
    .SYNOPSIS
    Builds a project with its dependencies, or the whole solution.
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
    Builds the module and runs the first example.
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
    Runs the xunit tests and counts the results in their result files.
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

        # A test program that crashes reports no failed test.
        Failed = if ($ended -ne 0) { [System.Math]::Max(1, $failed) } else { $failed }
    }
}

function Get-PesterOutcome {
    <#
    .SYNOPSIS
    Runs the Pester tests and counts the results in their result file.
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

    # Errors are files that could not be read; they are not included in the total.
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
    Runs the examples as a user does, with few steps. Each exits with an error if its check fails.
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
    Builds and tests everything; exits with code 1 if a test failed.
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

    # Files staged only for this platform are left out: libtorch, and the native libraries, which are added below for every platform.
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
    Removes the output of the other tasks.
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
