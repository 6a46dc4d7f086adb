# Invoke-ImageEdit and the chain that does the same, with networks of random weights: what is found and filled is noise, and everything
# around it is real.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $modelsBefore = $env:BRUSHEDIT_MODELS
    $env:BRUSHEDIT_MODELS = Join-Path $TestDrive 'models'
    $bundle = Join-Path $env:BRUSHEDIT_MODELS 'tiny'
    $dino = Join-Path $TestDrive 'tiny-dino'
    $sam = Join-Path $TestDrive 'tiny-sam'
    New-TinyModel -Path $bundle -Kind Bundle
    New-TinyModel -Path $dino -Kind Detector
    New-TinyModel -Path $sam -Kind Segmenter
    $PSDefaultParameterValues = @{
        'Invoke-ImageEdit:Model' = 'tiny'; 'Invoke-ImageEdit:Steps' = 2; 'Invoke-ImageEdit:Device' = 'cpu'
        'Invoke-ImageEdit:Detector' = $dino; 'Invoke-ImageEdit:Segmenter' = $sam; 'Invoke-ImageEdit:Threshold' = 0
        'Invoke-Inpaint:Model' = 'tiny'; 'Invoke-Inpaint:Steps' = 2; 'Invoke-Inpaint:Device' = 'cpu'
        'Find-Object:Model' = $dino; 'Find-Object:Threshold' = 0; 'Get-SegmentMask:Model' = $sam
        'Edit-MaskForType:Model' = 'tiny'; 'Test-EditResult:Model' = $dino
    }
    $WarningPreference = 'SilentlyContinue'
    $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'edit')).FullName
    $photo = Join-Path $folder 'photo.png'
    New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $photo
}

AfterAll {
    Clear-EditModel
    $env:BRUSHEDIT_MODELS = $modelsBefore
}

Describe 'Invoke-ImageEdit' {
    It 'gives the picture that the chain gives for <Instruction>' -ForEach @(
        @{ Instruction = 'remove the dog'; Type = 'Remove'; Finds = $true }
        @{ Instruction = 'add a red ball on the left'; Type = 'Addition'; Finds = $false }
        @{ Instruction = 'make the dog red'; Type = 'Local'; Finds = $true }
        @{ Instruction = 'make it night'; Type = 'Global'; Finds = $false }
        @{ Instruction = 'change the background behind the dog to snow'; Type = 'Background'; Finds = $true }
    ) {
        $chain = Import-EditImage $photo | Get-EditPlan $Instruction | Find-Object | Get-SegmentMask | Edit-MaskForType | Invoke-Inpaint -Seed 5
        ($chain | Export-EditImage -Directory $folder/$Type).Name | Should -Be 'photo.png'
        $one = Invoke-ImageEdit $photo $Instruction -Seed 5
        $chain.Plan.EditType | Should -Be $Type
        $one.ShapedFor | Should -Be $Type
        $one.Mask.SameAs($chain.Mask) | Should -BeTrue
        $one.Result.SameSamples($one.Picture) | Should -BeFalse
        $one.Result.SameSamples($chain.Result) | Should -BeTrue
        $one.Overrides.Count | Should -Be 0
        $null -ne $chain.Detections | Should -Be $Finds
    }

    It 'uses a part that was replaced between two stages, and tells of it' {
        $mine = New-EditMask -Box 0, 0, 20, 20 -Width 64 -Height 48
        $edit = Get-EditPlan $photo 'make the dog red' | Find-Object | Get-SegmentMask | ForEach-Object { $_.Mask = $mine; $_ } | Edit-MaskForType | Invoke-Inpaint
        "$($edit.Mask.Bounds)" | Should -Be '0,0,20,20'
        $edit.Overrides | Should -Be 'Mask'

        $edit = Get-EditPlan $photo 'make it night'
        $edit.Plan = @{ EditType = 'Global'; Caption = 'a cat' }
        $done = $edit | Edit-MaskForType | Invoke-Inpaint
        $done.Settings.Caption | Should -Be 'a cat'
        $done.Overrides | Should -Be 'Plan'
    }

    It 'is told by <Code> which cmdlet gives what is missing' -ForEach @(
        @{ Code = { Import-EditImage $photo | Find-Object }; Cmdlet = 'Get-EditPlan' }
        @{ Code = { Get-EditPlan $photo 'remove the dog' | Get-SegmentMask }; Cmdlet = 'Find-Object' }
        @{ Code = { Get-EditPlan $photo 'remove the dog' | Edit-MaskForType }; Cmdlet = 'Get-SegmentMask' }
        @{ Code = { Get-EditPlan $photo 'remove the dog' | Invoke-Inpaint }; Cmdlet = 'Edit-MaskForType' }
        @{ Code = { Import-EditImage $photo | New-EditMask -Box 1, 1, 9, 9 | Invoke-Inpaint }; Cmdlet = 'Get-EditPlan' }
        @{ Code = { Get-EditPlan $photo 'remove the dog' | Test-EditResult }; Cmdlet = 'Invoke-Inpaint' }
    ) {
        $fault = Get-OnlyError $Code
        $fault.FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
        $fault.ErrorDetails.RecommendedAction | Should -Match $Cmdlet
    }

    It 'takes a picture from <Code>' -ForEach @(
        @{ Code = { Invoke-ImageEdit $photo 'make it night' } }
        @{ Code = { Invoke-ImageEdit -LiteralPath $photo -Instruction 'make it night' } }
        @{ Code = { $photo | Invoke-ImageEdit 'make it night' } }
        @{ Code = { Get-Item $photo | Invoke-ImageEdit 'make it night' } }
        @{ Code = { Import-EditImage $photo | Invoke-ImageEdit 'make it night' } }
        @{ Code = { (Import-EditImage $photo).Picture | Invoke-ImageEdit 'make it night' } }
        @{ Code = { Get-EditPlan $photo 'make it night' | Invoke-ImageEdit } }
        @{ Code = { [pscustomobject] @{ FullName = $photo; Instruction = 'make it night' } | Invoke-ImageEdit } }
        @{ Code = { Invoke-ImageEdit $folder/*.png 'make it night' } }
    ) {
        & $Code | ForEach-Object { "$($_.Name) $($_.Plan.Instruction)" } | Should -Be 'photo.png make it night'
    }

    It 'takes instruction and caption of a scene' {
        $scene = New-ToyScene -Seed 4 -Width 64 -Height 64 -EditType Global
        $edit = $scene | Invoke-ImageEdit
        $edit.Plan.Instruction | Should -Be $scene.Instruction
        $edit.Plan.Caption | Should -Be $scene.Caption
    }

    It 'runs rounds one after another, and each can be made again' {
        $edit = Invoke-ImageEdit $photo 'make it night', 'add a red ball' -Seed 9
        $edit.Rounds.Plan.Instruction | Should -Be 'make it night', 'add a red ball'
        $edit.Rounds.Seed | Should -Be 9, 9
        [object]::ReferenceEquals($edit.Picture, $edit.Rounds[0].Result) | Should -BeTrue
        $edit.Undo().Plan.Instruction | Should -Be 'make it night'
        $edit.Undo().Rounds.Count | Should -Be 1
        $edit.Name | Should -Be 'photo.png'

        $again = Invoke-ImageEdit $photo 'make it night' -Seed 9
        $again.Result.SameSamples($edit.Rounds[0].Result) | Should -BeTrue
        ($again | Invoke-ImageEdit 'add a red ball' -Seed 9).Result.SameSamples($edit.Result) | Should -BeTrue
        $same = $edit | Invoke-ImageEdit 'add a red ball'
        $same.Rounds.Count | Should -Be 2
        [object]::ReferenceEquals($same, $edit) | Should -BeTrue
    }

    It 'judges a result, tries again, and says what was tried' {
        $edit = Invoke-ImageEdit $photo 'add a red ball' -Seed 20 -Verify -MaxAttempts 3
        $edit.Attempts.Count | Should -BeIn 1, 2, 3
        $kept = @($edit.Attempts | Where-Object IsKept)
        $kept.Count | Should -Be 1
        $kept[0].Verdict | Should -Be $edit.Verdict
        $edit.Verdict.Checks.Name | Should -Be 'Kept', 'There', 'Changed', 'Seam'
        $edit.Models -join '|' | Should -Match 'Verify: tiny-dino'
        [object]::ReferenceEquals(($edit | Test-EditResult), $edit) | Should -BeTrue

        $other = $edit.Clone()
        $other.Result = $other.Picture
        $other.Verdict | Should -BeNullOrEmpty
        ($other | Test-EditResult).Verdict.Passed | Should -BeFalse
    }

    It 'ranks samples' {
        $edit = Invoke-ImageEdit $photo 'add a red ball' -Seed 20 -Samples 3
        $edit.Samples.Count | Should -Be 3
        [object]::ReferenceEquals($edit.Result, $edit.Samples[0].Picture) | Should -BeTrue
        $scores = $edit.Samples.Verdict.Score
        $edit.Samples[0].Verdict.Passed -or ($scores[0] -ge $scores[1] -and $scores[1] -ge $scores[2]) | Should -BeTrue
        $edit.Samples.Seed | Sort-Object | Should -Be 20, 21, 22
    }

    It 'grows the canvas by <Margins> and keeps the picture on it' -ForEach @(
        @{ Margins = '64,0,32,0'; Extend = 64, 0, 32, 0; Size = '160 x 48' }
        @{ Margins = '8'; Extend = 8; Size = '80 x 64' }
        @{ Margins = 'text'; Extend = '1,2,3,4'; Size = '68 x 54' }
        @{ Margins = 'names'; Extend = @{ Left = 16; bottom = 16 }; Size = '80 x 64' }
    ) {
        $wide = Invoke-Inpaint $photo -Extend $Extend -Caption 'a desert' -Seed 3
        "$($wide.Result.Width) x $($wide.Result.Height)" | Should -Be $Size
        $wide.Result.Crop($wide.Mask.Invert().Bounds).SameSamples($wide.Original) | Should -BeTrue
        (Invoke-ImageEdit $photo -Extend $Extend -Caption 'a desert' -Seed 3).Result.SameSamples($wide.Result) | Should -BeTrue
    }

    It 'reports <Id> for <Code>' -ForEach @(
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo 'frobnicate' } }
        @{ Id = 'NotFound'; Code = { Invoke-ImageEdit $folder/none.png 'make it night' } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo 'make it night' -MaxAttempts 2 } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo 'make it night', 'remove the dog' -Target dog } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo 'remove the dog' -Box @(1, 1, 5, 5), @(2, 2, 5, 5) } }
        @{ Id = 'ModelNotFound'; Code = { Invoke-ImageEdit $photo 'remove the dog' -Detector $folder/none } }
        @{ Id = 'ModelNotFound'; Code = { Invoke-ImageEdit $photo 'remove the dog' -Segmenter $folder/none } }
        @{ Id = 'BadModel'; Code = { Invoke-ImageEdit $photo 'remove the dog' -Detector $sam } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo 'remove the dog' -Planner Nobody } }
        @{ Id = 'BadArgument'; Code = { Get-EditPlan $photo 'make it night' | Invoke-ImageEdit 'remove the dog' } }
        @{ Id = 'ParameterArgumentTransformationError'; Code = { Invoke-ImageEdit $photo -Extend 0 } }
        @{ Id = 'ParameterArgumentTransformationError'; Code = { Invoke-ImageEdit $photo -Extend 1, 2 } }
        @{ Id = 'ParameterArgumentTransformationError'; Code = { Invoke-ImageEdit $photo -Extend -5 } }
        @{ Id = 'ParameterArgumentTransformationError'; Code = { Invoke-ImageEdit $photo -Extend @{ Up = 5 } } }
        @{ Id = 'BadPicture'; Code = { Invoke-ImageEdit $photo -Extend 100000 -Caption x } }
        @{ Id = 'BadArgument'; Code = { Invoke-ImageEdit $photo 'make it night' | Invoke-Inpaint -Extend 8 } }
    ) {
        (Get-OnlyError $Code).FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'edits nothing with -WhatIf' {
        Clear-EditModel
        Invoke-ImageEdit $photo 'make it night' -WhatIf | Should -BeNullOrEmpty
        Get-EditModel -Loaded | Should -BeNullOrEmpty
    }
}

Describe 'Stopping the chain while it is <Stage>' -ForEach @(
    @{ Stage = 'Planning'; Steps = 1 }
    @{ Stage = 'Finding objects in'; Steps = 1 }
    @{ Stage = 'Outlining in'; Steps = 1 }
    @{ Stage = 'Shaping the mask of'; Steps = 1 }
    @{ Stage = 'Denoising'; Steps = 400 }
    @{ Stage = 'Verifying'; Steps = 1 }
) {
    It 'ends there and frees what it took' {
        $chain = "Get-EditPlan '$photo' 'remove the dog' | Find-Object -Model '$dino' -Threshold 0 | Get-SegmentMask -Model '$sam' |
            Edit-MaskForType -Model '$bundle' | Invoke-Inpaint -Model '$bundle' -Device cpu -Steps {0} | Test-EditResult -Model '$dino'"
        $null = Invoke-Watched ($chain -f 1)
        $before = Get-TensorCount

        # Without end, so that every stage is met again and again until it is stopped.
        $run = Invoke-Watched "while (`$true) { `$null = $($chain -f $Steps) }" -Variable @{ WarningPreference = 'SilentlyContinue' } -StopWhen {
            @($args[0].Activity) -like "$Stage*"
        }
        $run.IsStopped | Should -BeTrue
        $run.State | Should -Be 'Stopped'
        Get-TensorCount | Should -BeLessOrEqual $before
        (Invoke-Watched ($chain -f 1)).Output.Count | Should -Be 1
    }
}
