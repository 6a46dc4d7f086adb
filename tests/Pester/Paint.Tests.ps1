# Edit-Mask -Paint without a browser: what it refuses, how it waits and ends. The page itself is tried in tests/BrushEdit.BrowserTests.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1')
    Import-Module (Get-ModuleManifest)
    $photo = Join-Path $TestDrive 'photo.png'
    New-ToyScene -Seed 3 -Width 64 -Height 64 | Export-EditImage -Path $photo
    $mask = New-EditMask -Box 8, 8, 20, 20 -Width 64 -Height 64
    $masked = Import-EditImage $photo
    $masked.Mask = $mask
}

Describe 'Edit-Mask -Paint' {
    It 'goes on with the mask there was, and a warning, when the time is up' {
        $outcome = Get-Outcome { $masked | Edit-Mask -Paint -NoBrowser -TimeoutSec 1 }
        $outcome.Errors.Count | Should -Be 0
        $outcome.Output[0].Mask.SameAs($mask) | Should -BeTrue
        $outcome.Output[0].Overrides | Should -Not -Contain 'Mask (painted)'
        "$($outcome.Warnings)" | Should -Match 'within 1 seconds'
    }

    It 'goes on with the mask that was given' {
        $edit = Edit-Mask $photo -Mask $mask -Paint -NoBrowser -TimeoutSec 1 -WarningAction Ignore -InformationAction Ignore
        $edit.Mask.SameAs($mask) | Should -BeTrue
        $edit.Picture.Width | Should -Be 64
    }

    It 'reports a picture that has no mask when the time is up, and goes on' {
        $outcome = Get-Outcome { $photo, $masked | Edit-Mask -Paint -NoBrowser -TimeoutSec 1 }
        $outcome.Errors.FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
        $outcome.Output.Count | Should -Be 1
    }

    It 'writes the address, over SSH with the way to it' {
        $shown = $masked | Edit-Mask -Paint -TimeoutSec 1 -NoBrowser -WarningAction Ignore 6>&1 | Where-Object { $_ -is [System.Management.Automation.InformationRecord] }
        "$shown" | Should -Match 'http://127\.0\.0\.1:\d+/[\w-]{32}'
        $env:SSH_CONNECTION = '10.0.0.1 5000 10.0.0.2 22'
        try {
            $shown = $masked | Edit-Mask -Paint -TimeoutSec 1 -WarningAction Ignore 6>&1 | Where-Object { $_ -is [System.Management.Automation.InformationRecord] }
            "$shown" | Should -Match 'ssh -L (\d+):127\.0\.0\.1:\1 \w+@10\.0\.0\.2'
        }
        finally {
            Remove-Item Env:SSH_CONNECTION
        }
    }

    It 'opens nothing with -WhatIf' {
        $folder = Join-Path $TestDrive 'whatif'
        $outcome = Get-Outcome { $masked | Edit-Mask -Paint -MaskFolder $folder -WhatIf }
        $outcome.Output.Count + $outcome.Errors.Count | Should -Be 0
        $folder | Should -Not -Exist
    }

    It 'serves on the port that is asked for, and names one that is taken' {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $port = $listener.LocalEndpoint.Port
            $fault = (Get-Outcome { $masked, $masked | Edit-Mask -Paint -NoBrowser -Port $port -TimeoutSec 1 }).Thrown
            $fault.FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
            "$fault" | Should -Match "port $port"
        }
        finally {
            $listener.Stop()
        }

        $shown = $masked | Edit-Mask -Paint -NoBrowser -Port $port -TimeoutSec 1 -WarningAction Ignore 6>&1
        "$shown" | Should -Match ":$port/"
    }

    It 'refuses a mask where a picture is to be painted on, and other changes beside it' {
        (Get-OnlyError { $mask | Edit-Mask -Paint -NoBrowser -TimeoutSec 1 }).FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
        { $masked | Edit-Mask -Paint -Grow 3 } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'stops at once with Ctrl+C, and frees its port' {
        $run = Invoke-Watched 'Import-EditImage $photo | Edit-Mask -Paint -NoBrowser' -Variable @{ photo = $photo } -StopWhen { $args[0].Count -gt 0 }
        $run.IsStopped | Should -BeTrue
        $run.State | Should -Be 'Stopped'
        $address = [regex]::Match("$($run.Progress[0].StatusDescription)", 'http://\S+').Value
        { Invoke-WebRequest $address -TimeoutSec 5 } | Should -Throw
    }
}
