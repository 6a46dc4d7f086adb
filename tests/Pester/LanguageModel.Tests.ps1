# The planner LLama: tiny models of both kinds, written in a moment and really run by llama.cpp.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1')
    Add-Type -Path (Join-Path $PSScriptRoot 'Support/bin/BrushEdit.PesterSupport.dll')
    $models = Join-Path $TestDrive 'models'
    [BrushEdit.Tests.LLama.TinyVisionModel]::WriteLlava((Join-Path $models 'tiny-llava'), 1)
    [BrushEdit.Tests.LLama.TinyVisionModel]::WriteQwen2VL((Join-Path $models 'tiny-qwen'), 1)
    $photo = Join-Path $TestDrive 'photo.png'
    New-ToyScene -Seed 3 -Width 64 -Height 64 | Export-EditImage -Path $photo
    $before = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = $models
}

AfterAll {
    $env:BRUSHEDIT_MODELS = $before
}

Describe 'Get-EditPlan -Planner LLama' {
    It 'plans with <model>, found by its name, or lets the rules take over' -ForEach @(
        @{ Model = 'tiny-llava' }
        @{ Model = 'tiny-qwen' }
    ) {
        $edit = Get-EditPlan $photo 'remove the dog' -Planner LLama -Model $model -WarningVariable warnings -WarningAction SilentlyContinue
        $plan = $edit.Plan
        $plan.Caption | Should -Not -BeNullOrEmpty
        if ($plan.Planner -eq 'Rules') {
            $plan.Target | Should -Be 'dog'
            "$warnings" | Should -BeLike '*LLama gave no usable answer*'
        }
        else {
            $plan.Planner | Should -Be 'LLama'
            $plan.EditType | Should -BeIn 'Addition', 'Remove', 'Local', 'Global', 'Background'
        }
    }

    It 'takes a file, and the projector beside it, from the current location' {
        Push-Location $models
        try {
            (Get-EditPlan $photo 'remove the dog' -Planner LLama -Model tiny-llava/model.gguf -WarningAction SilentlyContinue).Plan.Caption | Should -Not -BeNullOrEmpty
        }
        finally {
            Pop-Location
        }
    }

    It 'completes installed models' {
        $line = 'Get-EditPlan a.png b -Planner LLama -Model t'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'tiny-llava', 'tiny-qwen'
    }

    It 'names what is wrong: <what>' -ForEach @(
        @{ What = 'no such model'; Model = 'tiny-absent'; Says = '*no model*tiny-absent*' }
        @{ What = 'no such file'; Model = 'absent.gguf'; Says = '*no model file*absent.gguf*' }
        @{ What = 'no model named'; Model = $null; Says = '*has no model file*' }
    ) {
        $given = if ($model) { @{ Model = $model } } else { @{} }
        { Get-EditPlan $photo 'remove the dog' -Planner LLama @given -ErrorAction Stop } | Should -Throw $says
    }

    It 'ends the pipeline over a broken projector' {
        $broken = Join-Path $TestDrive 'broken'
        [BrushEdit.Tests.LLama.TinyVisionModel]::WriteLlava($broken, 1)
        $file = [System.IO.File]::OpenWrite((Join-Path $broken 'mmproj.gguf'))
        $file.SetLength($file.Length / 2)
        $file.Dispose()
        { Get-EditPlan $photo 'remove the dog' -Planner LLama -Model (Join-Path $broken 'model.gguf') -ErrorAction Stop } |
            Should -Throw -ErrorId 'BadModel,*' -ExceptionType ([System.Exception])
    }

    It 'writes nothing on the console, and loads llama.cpp only when it is asked' {
        $run = Invoke-Shell @"
`$mapped = { @(Select-String -LiteralPath /proc/self/maps -SimpleMatch 'libllama').Count }
if (`$IsLinux) { & `$mapped } else { 0 }
`$null = Get-EditPlan '$photo' 'remove the dog'
if (`$IsLinux) { & `$mapped } else { 0 }
`$null = Get-EditPlan '$photo' 'remove the dog' -Planner LLama -Model tiny-llava -WarningAction SilentlyContinue
`$null = Get-EditPlan '$photo' 'remove the dog' -Planner LLama -Model tiny-qwen -WarningAction SilentlyContinue
'done'
"@
        $run.Code | Should -Be 0
        $run.Errors | Should -BeNullOrEmpty
        $run.Lines | Should -Be '0', '0', 'done'
    }

    It 'leaves memory level, plan after plan' {
        $run = Invoke-Shell @"
foreach (`$round in 1..16) {
    `$null = Get-EditPlan '$photo' 'remove the dog' -Planner LLama -Model tiny-llava -Force -WarningAction SilentlyContinue
    if (`$round -in 8, 16) {
        [System.GC]::Collect()
        [System.GC]::WaitForPendingFinalizers()
        [System.GC]::Collect()
        (Get-Process -Id `$PID).WorkingSet64
    }
}
"@
        $run.Code | Should -Be 0
        $half, $all = $run.Lines

        # A context forgotten in each of the eight plans is twice this; what the garbage collector and the allocator hold back comes and goes.
        ([long] $all - [long] $half) / 1MB | Should -BeLessThan 48
    }
}
