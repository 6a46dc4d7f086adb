<#
.SYNOPSIS
Runs the Pester tests, all of them or those of some files, with the Pester that the build has fetched.

.DESCRIPTION
Needs a build of the solution, or of the module and tests/Pester/Support. Ends with exit code 1 where a test failed or a file could not be
run. Run it in a process of its own: the module that it imports stays loaded until the process ends.

.PARAMETER Path
Test files; wildcards are allowed. Without it, all.

.PARAMETER FullName
Only tests whose full name is like this; wildcards are allowed.

.PARAMETER ResultPath
A file for the results, in NUnit's format.

.EXAMPLE
dotnet pwsh -File tests/Pester/Invoke-Tests.ps1 tests/Pester/Plans.Tests.ps1 tests/Pester/Stages.Tests.ps1

.EXAMPLE
./tests/Pester/Invoke-Tests.ps1 tests/Pester/Plans.Tests.ps1 -FullName '*refuses*'
#>
#requires -Version 7.6
[CmdletBinding()]
param(
    [Parameter(Position = 0, ValueFromRemainingArguments)]
    [string[]] $Path = (Join-Path -Path $PSScriptRoot -ChildPath '*.Tests.ps1'),

    [string[]] $FullName,

    [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$pester = Join-Path -Path $PSScriptRoot -ChildPath 'Support/bin/Pester/Pester.psd1'
if (-not (Test-Path -LiteralPath $pester)) {
    throw "'$pester' is missing: build the solution first, or 'dotnet build -c Release tests/Pester/Support'."
}

Import-Module -Name $pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.Exit = $true
$configuration.Output.Verbosity = 'Detailed'
if ($FullName) {
    $configuration.Filter.FullName = $FullName
}

if ($ResultPath) {
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputFormat = 'NUnitXml'
    $configuration.TestResult.OutputPath = $ResultPath
}

# The networks of the tests are so small that waiting for helper threads, on a machine that is busy, would take most of the time.
$env:OMP_NUM_THREADS = '1'

# The tests see what a user sees who has set nothing.
$ErrorActionPreference = 'Continue'
Invoke-Pester -Configuration $configuration
