# One thread of the process computes: what waits for it can be stopped.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1')
    $module = Get-ModuleManifest
    Import-Module $module
    $photo = Join-Path $TestDrive 'photo.png'
    New-ToyScene -Seed 3 -Width 64 -Height 64 | Export-EditImage -Path $photo
}

Describe 'A cmdlet that waits for the fill of another runspace' {
    It 'stops at once, and the fill goes on: <name>' -ForEach @(
        @{ Name = 'Invoke-Inpaint'; Script = { param($module, $photo) Import-Module $module; Invoke-Inpaint $photo -Mask (New-EditMask -Box 8, 8, 16, 16 -Width 64 -Height 64) -Caption 'sand' } }
        @{ Name = 'Invoke-ImageEdit'; Script = { param($module, $photo) Import-Module $module; Invoke-ImageEdit $photo 'remove the ball' } }
        @{ Name = 'Invoke-ImageEdit -Directory'; Script = { param($module, $photo, $folder) Import-Module $module; Invoke-ImageEdit $photo 'remove the ball' -Directory $folder -BatchSize 1 } }
    ) {
        $long = [powershell]::Create().AddScript({
                param($module, $photo)
                Import-Module $module
                Invoke-Inpaint $photo -Mask (New-EditMask -Box 8, 8, 16, 16 -Width 64 -Height 64) -Caption 'sand' -Steps 900 -Sampler ddim
            }).AddArgument($module).AddArgument($photo)
        $short = [powershell]::Create().AddScript($script).AddArgument($module).AddArgument($photo).AddArgument((Join-Path $TestDrive ([guid]::NewGuid())))
        try {
            $filling = $long.BeginInvoke()
            while ($long.Streams.Progress.Count -eq 0 -and -not $filling.IsCompleted) {
                Start-Sleep -Milliseconds 50
            }

            $null = $short.BeginInvoke()
            Start-Sleep -Milliseconds 1500
            $short.InvocationStateInfo.State | Should -Be 'Running'
            $short.Stop()
            $short.InvocationStateInfo.State | Should -Be 'Stopped'

            # The fill that it waited for has still not ended.
            $long.InvocationStateInfo.State | Should -Be 'Running'
        }
        finally {
            $long.Stop()
            $long.Dispose()
            $short.Dispose()
        }
    }
}
