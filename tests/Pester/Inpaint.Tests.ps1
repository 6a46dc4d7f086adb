# Filling with the weights that ship with the module, in few steps.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $PSDefaultParameterValues['Invoke-Inpaint:Steps'] = 2
    $PSDefaultParameterValues['Invoke-Inpaint:Model'] = 'toybox'
    $PSDefaultParameterValues['New-ToyScene:Width'] = 64
    $PSDefaultParameterValues['New-ToyScene:Height'] = 64

    $scene = New-ToyScene -Seed 4
    $photo = Join-Path $TestDrive 'photo.png'
    $mask = Join-Path $TestDrive 'mask.png'
    $scene | Export-EditImage -Path $photo
    $scene.Mask | Export-EditImage -Path $mask
}

AfterAll {
    Clear-EditModel
    foreach ($key in 'Invoke-Inpaint:Steps', 'Invoke-Inpaint:Model', 'New-ToyScene:Width', 'New-ToyScene:Height') {
        $PSDefaultParameterValues.Remove($key)
    }
}

Describe 'Invoke-Inpaint' {
    It 'loads no weights with -WhatIf' {
        Clear-EditModel
        Invoke-Inpaint $photo -Mask $mask -Caption x -WhatIf | Should -BeNullOrEmpty
        Get-EditModel -Loaded | Should -BeNullOrEmpty
    }

    It 'fills a file and keeps what is outside the mask, to the bit' {
        $file = Invoke-Inpaint -Path $photo -Mask $mask -Caption 'a red ball' -Seed 7 | Export-EditImage -Directory (Join-Path $TestDrive 'out')
        $after = Import-EditImage $file.FullName
        $after.Parameters['seed'] | Should -Be '7'
        $after.Parameters['caption'] | Should -Be 'a red ball'
        $was = $scene.Picture.ToRgb()
        $is = $after.Picture.ToRgb()
        $weight = $scene.Mask.ToFloats()
        $outside = 0
        $inside = 0
        for ($i = 0; $i -lt $is.Length; $i++) {
            if ($was[$i] -ne $is[$i]) {
                if ($weight[[System.Math]::Floor($i / 3)] -eq 0) { $outside++ } else { $inside++ }
            }
        }
        $outside | Should -Be 0
        $inside | Should -BeGreaterThan 0
    }

    It 'takes picture, mask and caption of a scene' {
        $edit = $scene | Invoke-Inpaint -Seed 1
        $edit.Settings.Caption | Should -Be $scene.Caption
        $edit.Result.Width | Should -Be 64
    }

    It 'gives the same picture for the same seed' {
        $one = $scene | Invoke-Inpaint -Seed 1
        $two = $scene | Invoke-Inpaint -Seed 1
        $one.Result.SameSamples($two.Result) | Should -BeTrue
    }

    It 'draws a seed and reports it' {
        $edit = $scene | Invoke-Inpaint -Verbose 4>&1
        "$($edit[0..($edit.Count - 2)])" | Should -Match "seed $($edit[-1].Seed)"
    }

    It 'does a table of jobs row by row' {
        $jobs = @(
            [pscustomobject] @{ Path = $photo; Mask = $mask; Caption = 'one' }
            [pscustomobject] @{ Path = (Join-Path $TestDrive 'gone.png'); Mask = $mask; Caption = 'two' }
            [pscustomobject] @{ Path = $photo; Mask = $mask; Caption = 'three' }
        )
        $done = $jobs | Invoke-Inpaint -ErrorVariable faults -ErrorAction SilentlyContinue
        $done.Settings.Caption | Should -Be 'one', 'three'
        $faults.Count | Should -Be 1
    }

    It 'says what is missing' {
        { Invoke-Inpaint $photo -Caption x -ErrorAction Stop } | Should -Throw -ErrorId 'MissingStage,BrushEdit.PowerShell.InvokeInpaintCommand'
        { Invoke-Inpaint $photo -Mask $mask -ErrorAction Stop } | Should -Throw -ErrorId 'MissingStage,BrushEdit.PowerShell.InvokeInpaintCommand'
        { Invoke-Inpaint $photo -Mask $mask -Caption x -Model no-such-model } | Should -Throw -ErrorId 'ModelNotFound,BrushEdit.PowerShell.InvokeInpaintCommand'
    }

    It 'completes samplers' {
        (TabExpansion2 'Invoke-Inpaint -Sampler Eu').CompletionMatches.CompletionText | Should -Contain 'Euler'
    }
}

Describe 'Get-EditModel and Clear-EditModel' {
    It 'finds the bundle with its size' {
        $model = Get-EditModel toybox
        $model.Kind | Should -Be 'StableDiffusion'
        $model.Size | Should -BeGreaterThan 1MB
        $model.Memory | Should -Be (4 * $model.Parameters)
    }

    It 'lists and frees what is held' {
        $null = $scene | Invoke-Inpaint
        (Get-EditModel -Loaded).Part | Sort-Object | Should -Be 'brushnet', 'text_encoder', 'unet', 'vae'
        Clear-EditModel -WhatIf
        (Get-EditModel -Loaded).Count | Should -Be 4
        (Clear-EditModel toybox -PassThru).Count | Should -Be 4
        Get-EditModel -Loaded | Should -BeNullOrEmpty
    }
}
