# What several Pester files need: another PowerShell in a process of its own.

function Get-ShellCommand {
    <#
    .SYNOPSIS
    The program and first arguments that start a PowerShell like the one that runs the tests.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()

    # Run as a .NET tool, PowerShell's process is dotnet itself.
    [System.Environment]::ProcessPath
    if ([System.IO.Path]::GetFileNameWithoutExtension([System.Environment]::ProcessPath) -eq 'dotnet') {
        Join-Path -Path $PSHOME -ChildPath 'pwsh.dll'
    }
}

function Invoke-Shell {
    <#
    .SYNOPSIS
    Runs commands, or a script, in a PowerShell of its own, and gives its exit code, the lines of its output, and what it wrote to standard error.
    #>
    [CmdletBinding(DefaultParameterSetName = 'Command')]
    [OutputType([pscustomobject])]
    param(
        # Commands; the module is imported before them.
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Command')]
        [string] $Command,

        # A script.
        [Parameter(Mandatory, ParameterSetName = 'File')]
        [string] $File,

        # The script's arguments.
        [Parameter(ParameterSetName = 'File')]
        [string[]] $ArgumentList = @(),

        # The manifest of another copy of the module to import.
        [Parameter(ParameterSetName = 'Command')]
        [string] $Module = (Get-ModuleManifest),

        # Imports no module before the commands.
        [Parameter(ParameterSetName = 'Command')]
        [switch] $Bare,

        # Environment variables that the process gets beside this one's.
        [hashtable] $Environment = @{}
    )

    $program, $first = Get-ShellCommand
    $start = [System.Diagnostics.ProcessStartInfo]::new($program)
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $arguments = if ($File) { @('-File', $File) + $ArgumentList } elseif ($Bare) { '-Command', $Command } else { '-Command', "Import-Module '$Module'`n$Command" }
    foreach ($argument in @($first) + @('-NoLogo', '-NoProfile') + $arguments) {
        if ($null -ne $argument) {
            $start.ArgumentList.Add($argument)
        }
    }

    # Colours would stand between the words that tests look for.
    $start.Environment['NO_COLOR'] = '1'
    $start.Environment['OMP_NUM_THREADS'] = '1'
    foreach ($name in $Environment.Keys) {
        $start.Environment[$name] = $Environment[$name]
    }

    $process = [System.Diagnostics.Process]::Start($start)
    try {
        $process.StandardInput.Close()
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        [pscustomobject] @{
            Code = $process.ExitCode
            Output = $output
            Lines = @($output -split '\r?\n' | ForEach-Object { $_.Trim() } | Where-Object { $_ })
            Errors = $errors.GetAwaiter().GetResult()
        }
    }
    finally {
        $process.Dispose()
    }
}

function Get-ModuleManifest {
    <#
    .SYNOPSIS
    The manifest of the module under test.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()

    Join-Path -Path $PSScriptRoot -ChildPath '../../BrushEdit.psd1' -Resolve
}

Export-ModuleMember -Function 'Get-ModuleManifest', 'Get-ShellCommand', 'Invoke-Shell'
