# What several Pester files need: what a script gave by all of its streams, another PowerShell, a pipeline that is stopped, tiny models.

$parityCases = Join-Path -Path $PSScriptRoot -ChildPath '../fixtures/parity' -Resolve

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

function Import-TestAssembly {
    <#
    .SYNOPSIS
    Loads the assembly of tests/Pester/Support.
    #>
    [CmdletBinding()]
    param()

    Add-Type -Path (Join-Path -Path $PSScriptRoot -ChildPath 'Support/bin/BrushEdit.PesterSupport.dll')
}

function Get-Outcome {
    <#
    .SYNOPSIS
    Runs a script and gives what came by each of its streams: Output, Errors, Warnings, Verbose; an error that ended it is the last of Errors, and is Thrown.
    #>
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [scriptblock] $Script
    )

    $outcome = [pscustomobject] @{
        Output = [System.Collections.Generic.List[object]]::new()
        Errors = [System.Collections.Generic.List[System.Management.Automation.ErrorRecord]]::new()
        Warnings = [System.Collections.Generic.List[string]]::new()
        Verbose = [System.Collections.Generic.List[string]]::new()
        Thrown = $null
    }
    try {
        & $Script *>&1 | ForEach-Object {
            switch ($_) {
                { $_ -is [System.Management.Automation.ErrorRecord] } { $outcome.Errors.Add($_); break }
                { $_ -is [System.Management.Automation.WarningRecord] } { $outcome.Warnings.Add($_.Message); break }
                { $_ -is [System.Management.Automation.VerboseRecord] } { $outcome.Verbose.Add($_.Message); break }
                { $_ -is [System.Management.Automation.InformationalRecord] -or $_ -is [System.Management.Automation.InformationRecord] } { break }
                default { $outcome.Output.Add($_) }
            }
        }
    }
    catch {
        $outcome.Errors.Add($_)
        $outcome.Thrown = $_
    }

    $outcome
}

function Get-OnlyError {
    <#
    .SYNOPSIS
    Runs a script that must report exactly one error, and gives it.
    #>
    [CmdletBinding()]
    [OutputType([System.Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [scriptblock] $Script
    )

    $outcome = Get-Outcome $Script
    if ($outcome.Errors.Count -ne 1) {
        throw "There are $($outcome.Errors.Count) errors, not one:`n$(($outcome.Errors | ForEach-Object { "$($_.FullyQualifiedErrorId): $_" }) -join "`n")"
    }

    $outcome.Errors[0]
}

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

function Start-Shell {
    <#
    .SYNOPSIS
    Starts a PowerShell of its own with its streams redirected, and gives its process.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([System.Diagnostics.Process])]
    param(
        # What follows the switches that all runs have.
        [Parameter(Mandatory)]
        [string[]] $ArgumentList,

        # Environment variables that the process gets beside this one's.
        [hashtable] $Environment = @{}
    )

    $program, $first = Get-ShellCommand
    $start = [System.Diagnostics.ProcessStartInfo]::new($program)
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    foreach ($argument in @($first | Where-Object { $_ }) + @('-NoLogo', '-NoProfile') + $ArgumentList) {
        $start.ArgumentList.Add($argument)
    }

    # Colours would stand between the words that tests look for; the networks of the tests are too small for helper threads.
    $start.Environment['NO_COLOR'] = '1'
    $start.Environment['OMP_NUM_THREADS'] = '1'
    foreach ($name in $Environment.Keys) {
        $start.Environment[$name] = $Environment[$name]
    }

    if ($PSCmdlet.ShouldProcess($program, 'Start')) {
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $process
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

    $arguments = if ($File) { @('-File', $File) + $ArgumentList } elseif ($Bare) { '-Command', $Command } else { '-Command', "Import-Module '$Module'`n$Command" }
    $process = Start-Shell -ArgumentList $arguments -Environment $Environment
    try {
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

function Invoke-Watched {
    <#
    .SYNOPSIS
    Runs commands in a runspace of its own, in this process; stops them when a condition holds, and gives output, errors, progress and how they ended.
    #>
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        # Commands; the module is imported before them.
        [Parameter(Mandatory, Position = 0)]
        [string] $Command,

        # Is asked again and again, with the progress records so far as $args[0] and the output so far as $args[1]; where it holds, the commands are stopped.
        [scriptblock] $StopWhen,

        # Variables of the runspace.
        [hashtable] $Variable = @{}
    )

    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    $state.ImportPSModule([string[]] @(Get-ModuleManifest))
    foreach ($name in $Variable.Keys) {
        $state.Variables.Add([System.Management.Automation.Runspaces.SessionStateVariableEntry]::new($name, $Variable[$name], ''))
    }

    $runspace = [runspacefactory]::CreateRunspace($state)
    $runspace.Open()
    $shell = [powershell]::Create($runspace)
    try {
        $null = $shell.AddScript($Command)
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]] $null, $output)
        $met = $false
        $deadline = [System.DateTime]::UtcNow.AddMinutes(3)
        while (-not $running.AsyncWaitHandle.WaitOne(10)) {
            # A copy by index: enumerating the streams waits for their end.
            $progress = @(for ($i = 0; $i -lt $shell.Streams.Progress.Count; $i++) { $shell.Streams.Progress[$i] })
            if ($StopWhen -and (& $StopWhen $progress $output)) {
                $met = $true
                $shell.Stop()
                break
            }

            if ([System.DateTime]::UtcNow -gt $deadline) {
                $shell.Stop()
                throw 'The commands do not end.'
            }
        }

        if (-not $met) {
            $null = $shell.EndInvoke($running)
        }

        [pscustomobject] @{
            IsStopped = $met
            State = "$($shell.InvocationStateInfo.State)"
            Output = @($output.ReadAll())
            Errors = @($shell.Streams.Error.ReadAll())
            Progress = @($shell.Streams.Progress.ReadAll())
        }
    }
    finally {
        $shell.Dispose()
        $runspace.Dispose()
    }
}

function Get-TorchType {
    <#
    .SYNOPSIS
    A type of the TorchSharp that the module uses.
    #>
    [CmdletBinding()]
    [OutputType([type])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Name
    )

    $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([BrushEdit.Loader.ModuleLoader]::GetCmdlets())
    $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('TorchSharp')).GetType($Name)
}

function Get-TensorCount {
    <#
    .SYNOPSIS
    How many tensors live in this process, once what is left to the garbage collector is gone.
    #>
    [CmdletBinding()]
    [OutputType([long])]
    param()

    [System.GC]::Collect()
    [System.GC]::WaitForPendingFinalizers()
    [long] (Get-TorchType 'TorchSharp.torch+Tensor').GetProperty('TotalCount').GetValue($null)
}

function New-TinyModel {
    <#
    .SYNOPSIS
    Writes a model with random weights, a few megabytes: what it fills, finds or outlines is noise, and everything around it is real.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        # The folder; made here.
        [Parameter(Mandatory)]
        [string] $Path,

        # A bundle that fills (of Stable Diffusion 1.5's family or XL's), a detector or a segmenter.
        [Parameter(Mandatory)]
        [ValidateSet('Bundle', 'Sdxl', 'Detector', 'Segmenter')]
        [string] $Kind
    )

    Import-TestAssembly
    if ($PSCmdlet.ShouldProcess($Path, "Write a $Kind")) {
        switch ($Kind) {
            'Bundle' { [BrushEdit.Tests.Pester.TinyBundle]::Write($Path, $parityCases) }
            'Sdxl' { [BrushEdit.Tests.Inpainting.SdxlBundle]::Write($Path, $parityCases) }
            'Detector' { [BrushEdit.Tests.Pester.TinyStages]::WriteDetector($Path, $parityCases) }
            'Segmenter' { [BrushEdit.Tests.Pester.TinyStages]::WriteSegmenter($Path, $parityCases) }
        }

        # The networks are so small that waiting for helper threads, on a machine that is busy, would take most of the time.
        $null = (Get-TorchType 'TorchSharp.torch').GetMethod('set_num_threads').Invoke($null, @(1))
    }
}

Export-ModuleMember -Function '*'
