# New-BrushNet and Start-BrushNetTraining on a tiny base: variants that fill, runs that are stopped and go on, data that are broken.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1')
    $model = Join-Path $TestDrive 'base'
    New-TinyModel $model -Kind Bundle
    $photos = Join-Path $TestDrive 'photos'
    $null = New-Item -ItemType Directory -Path $photos
    foreach ($scene in New-ToyScene -Seed 40 -Count 8 -Width 72 -Height 64) {
        $null = $scene.Picture | Export-EditImage -Path (Join-Path $photos "$($scene.Seed).png")
        Set-Content (Join-Path $photos "$($scene.Seed).txt") $scene.SceneCaption
    }

    $scene = New-ToyScene -Seed 4 -Width 64 -Height 64
    $short = @{ Model = $model; Steps = 6; BatchSize = 2; LearningRate = 1e-3; ValidationCount = 2; ValidationSteps = 2; CheckpointEvery = 2; ReportEvery = 1 }
    function Get-WeightHash([string] $Folder) { (Get-FileHash (Join-Path $Folder 'diffusion_pytorch_model.safetensors')).Hash }
}

Describe 'New-BrushNet' {
    It 'makes <Variant>, attention <Attention>, which Get-EditModel tells and Invoke-Inpaint runs' -ForEach @(
        foreach ($variant in 'Full', 'Half', 'ControlNet') { foreach ($attention in $false, $true) { @{ Variant = $variant; Attention = $attention } } }
    ) {
        $folder = Join-Path $TestDrive "branch-$Variant-$Attention"
        $made = New-BrushNet $folder -Model $model -Variant $Variant -Attention:$Attention
        $made.Kind | Should -Be BrushNet
        $made.Variant | Should -Be ($Attention ? "$Variant, with attention" : $Variant)
        $made.BaseFamily | Should -Not -BeNullOrEmpty
        $filled = $scene | Invoke-Inpaint -Model $model -BrushNet $folder -Steps 2 -Seed 3
        $filled.Result.Size | Should -Be $scene.Picture.Size

        # A new branch changes nothing: every variant fills as the base does alone.
        $alone = $scene | Invoke-Inpaint -Model $model -BrushNet $folder -Steps 2 -Seed 3 -ConditioningScale 0
        $filled.Result.SameSamples($alone.Result) | Should -BeTrue
    }

    It 'replaces nothing without -Force, and writes nothing with -WhatIf' {
        $folder = Join-Path $TestDrive 'kept'
        New-BrushNet $folder -Model $model -WhatIf
        $folder | Should -Not -Exist
        $null = New-BrushNet $folder -Model $model
        $before = Get-WeightHash $folder
        (Get-OnlyError { New-BrushNet $folder -Model $model -Variant Half }).FullyQualifiedErrorId | Should -BeLike '*CannotWrite*'
        Get-WeightHash $folder | Should -Be $before
        (New-BrushNet $folder -Model $model -Variant Half -Force).Variant | Should -Be Half
    }
}

Describe 'Start-BrushNetTraining' {
    It 'trains on a folder, writes all it says, and what it writes fills' {
        $folder = Join-Path $TestDrive 'run'
        $result = Start-BrushNetTraining $photos $folder @short
        $result.Steps | Should -Be 6
        $result.Interrupted | Should -BeFalse
        $result.Problems | Should -BeNullOrEmpty
        [double]::IsFinite($result.LastScore.WholePsnr) | Should -BeTrue
        foreach ($file in 'config.json', 'diffusion_pytorch_model.safetensors', 'README.md', 'metrics.jsonl', 'loss.png', 'zero-convolutions.png', 'validation.png') {
            Join-Path $folder $file | Should -Exist
        }

        $lines = Get-Content (Join-Path $folder 'metrics.jsonl') | ConvertFrom-Json
        ($lines | Where-Object loss).step | Should -Be (1..6)
        $growth = ($lines | Where-Object { $null -ne $_.zero_convolution_weight }).zero_convolution_weight
        $growth[0] | Should -Be 0
        $growth[-1] | Should -BeGreaterThan 0
        Get-Content (Join-Path $folder 'README.md') -Raw | Should -Match ([regex]::Escape((Get-WeightHash $folder).ToLowerInvariant()))
        ($scene | Invoke-Inpaint -Model $model -BrushNet $folder -Steps 2 -Seed 3).Result | Should -Not -BeNullOrEmpty
    }

    It 'stopped by Ctrl+C and resumed, ends with the bits of a run that was not' {
        $with = $short.Clone()
        $with.Steps = 20
        $whole = (Start-BrushNetTraining $photos (Join-Path $TestDrive 'whole') @with).Path
        $broken = Join-Path $TestDrive 'broken'
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddCommand('Import-Module').AddArgument((Join-Path $PSScriptRoot '../../BrushEdit.psd1' -Resolve)).AddStatement().
                AddCommand('Start-BrushNetTraining').AddArgument($photos).AddArgument($broken).AddParameters($with)
            $running = $shell.BeginInvoke()
            while (-not (Test-Path (Join-Path $broken 'checkpoints/step-*.safetensors')) -and -not $running.IsCompleted) { Start-Sleep -Milliseconds 20 }
            $shell.Stop()
        }
        finally {
            $shell.Dispose()
        }

        Join-Path $broken 'config.json' | Should -Not -Exist
        $stopped = @(Get-ChildItem (Join-Path $broken checkpoints) | Sort-Object Name)[-1].BaseName
        [int] ($stopped -replace '\D') | Should -BeIn (2..19)
        $resumed = Start-BrushNetTraining $photos $broken @with -Resume
        $resumed.Interrupted | Should -BeFalse
        Get-WeightHash $broken | Should -Be (Get-WeightHash $whole)
    }

    It 'goes on only as it began, and longer' {
        $folder = Join-Path $TestDrive 'longer'
        $null = Start-BrushNetTraining $photos $folder @short
        $fault = Get-OnlyError { Start-BrushNetTraining $photos $folder @short }
        $fault.ErrorDetails.RecommendedAction | Should -Match '-Resume'
        $other = $short.Clone()
        $other.BatchSize = 1
        (Get-OnlyError { Start-BrushNetTraining $photos $folder @other -Resume }).Exception.Message | Should -Match 'batch_size was 2 and is 1'
        $other = $short.Clone()
        $other.Steps = 8
        (Start-BrushNetTraining $photos $folder @other -Resume).Steps | Should -Be 8
    }

    It 'tells the memory with -WhatIf, and writes nothing' {
        $folder = Join-Path $TestDrive 'nothing'
        $said = Invoke-Shell "Start-BrushNetTraining '$photos' '$folder' -Model '$model' -WhatIf"
        "$($said.Output)" | Should -Match 'gradients .*optimiser .*activations'
        $folder | Should -Not -Exist
    }

    It 'does not write into the pictures it reads' {
        (Get-OnlyError { Start-BrushNetTraining $photos (Join-Path $photos 'run') @short }).FullyQualifiedErrorId | Should -BeLike '*CannotWrite*'
        Join-Path $photos 'run' | Should -Not -Exist
    }

    It 'names what is broken, and trains on the rest' {
        $mixed = Join-Path $TestDrive 'mixed'
        Copy-Item $photos $mixed -Recurse
        Set-Content (Join-Path $mixed '0.png') 'no picture'
        Set-Content (Join-Path $mixed 'metadata.jsonl') '{ "file_name": "40.png", "text": 7 }'
        $result = Start-BrushNetTraining $mixed (Join-Path $TestDrive 'mixed-run') @short -Steps 8 -ValidationCount 0 -WarningVariable warnings -WarningAction SilentlyContinue
        $result.Problems.Count | Should -Be 2
        "$warnings" | Should -Match '0\.png'
        "$warnings" | Should -Match 'metadata\.jsonl, line 1'
    }

    It 'takes scenes, variants and a branch to begin with' {
        $first = New-ToyScene -Seed 1 -Count 5 -Width 64 -Height 64 | Start-BrushNetTraining -OutputPath (Join-Path $TestDrive 'scenes') @short -Variant Half
        (Get-Content (Join-Path $first.Path 'config.json') | ConvertFrom-Json)._variant | Should -Be Half
        $second = New-ToyScene -Seed 9 -Count 5 -Width 64 -Height 64 | Start-BrushNetTraining -OutputPath (Join-Path $TestDrive 'further') @short -BrushNet $first.Path
        (Get-Content (Join-Path $second.Path 'config.json') | ConvertFrom-Json)._variant | Should -Be Half
        Get-WeightHash $second.Path | Should -Not -Be (Get-WeightHash $first.Path)
    }
}
