# Whole edits by instruction, with the weights that ship with the module, in few steps.
BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $noStages = @(Get-EditModel -Kind GroundingDino).Count -eq 0 -or @(Get-EditModel -Kind Sam).Count -eq 0
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $quick = @{ Steps = 2; Model = 'toybox'; Seed = 5 }
    $scene = New-ToyScene -Seed 4 -Width 64 -Height 64
    $photo = Join-Path $TestDrive 'photo.png'
    $scene | Export-EditImage -Path $photo
}

AfterAll {
    Clear-EditModel
}

Describe 'Invoke-ImageEdit' {
    It 'edits by instruction alone' {
        $edit = Invoke-ImageEdit $photo 'make it night' @quick
        $edit.Plan.EditType | Should -Be 'Global'
        $edit.Result | Should -Not -BeNullOrEmpty
        $edit.Name | Should -Be 'photo.png'
    }

    It 'takes files from the pipeline' {
        $edit = Get-ChildItem $photo | Invoke-ImageEdit 'make it night' @quick
        $edit.Plan.Instruction | Should -Be 'make it night'
    }

    It 'gives what the chain gives' {
        $chain = Get-EditPlan $photo 'add a red ball on the left' | Find-Object | Get-SegmentMask | Edit-MaskForType | Invoke-Inpaint @quick
        $edit = Invoke-ImageEdit $photo 'add a red ball on the left' @quick
        $edit.Result.SameSamples($chain.Result) | Should -BeTrue
    }

    It 'runs rounds and takes them back' {
        $edit = Invoke-ImageEdit $photo 'make it night', 'add a red ball' @quick
        $edit.Rounds.Count | Should -Be 2
        $edit.Undo().Plan.Instruction | Should -Be 'make it night'
        $edit.Undo().Undo().Result | Should -BeNullOrEmpty
    }

    It 'says what is missing' -Skip:(-not $noStages) {
        { Invoke-ImageEdit $photo 'remove the red ball' @quick } | Should -Throw -ErrorId 'ModelNotFound,BrushEdit.PowerShell.InvokeImageEditCommand'
    }

    It 'finds, outlines, fills and verifies a removal' -Skip:$noStages {
        $edit = $scene | Invoke-ImageEdit @quick -Verify -MaxAttempts 2
        $edit.Detections.Count | Should -BeGreaterThan 0
        $edit.Verdict.Checks.Name | Should -Contain 'Gone'
        $edit.Attempts.Count | Should -BeIn 1, 2
    }

    It 'extends the canvas and keeps the picture on it' {
        $edit = Invoke-ImageEdit $photo -Extend @{ Left = 16; Right = 8 } -Caption 'a desert' @quick
        $edit.Result.Width | Should -Be 88
        $edit.Result.Crop($edit.Mask.Invert().Bounds).SameSamples($edit.Original) | Should -BeTrue
    }

    It 'refuses what it would ignore' {
        { Invoke-ImageEdit $photo 'make it night' -MaxAttempts 2 @quick } | Should -Throw -ErrorId 'BadArgument,BrushEdit.PowerShell.InvokeImageEditCommand'
        { Invoke-ImageEdit $photo 'make it night', 'remove the ball' -Target ball @quick } | Should -Throw -ErrorId 'BadArgument,BrushEdit.PowerShell.InvokeImageEditCommand'
    }
}

Describe 'Test-EditResult' {
    It 'fails a picture that was not edited' {
        $edit = Get-EditPlan $photo 'make it night' | Edit-MaskForType
        $edit.Result = $edit.Picture
        $judged = $edit | Test-EditResult
        $judged.Verdict.Passed | Should -BeFalse
        ($judged.Verdict.Checks | Where-Object Name -EQ 'Changed').Passed | Should -BeFalse
    }

    It 'passes the true result of a change of light' {
        $night = New-ToyScene -Seed 6 -Width 64 -Height 64 -EditType Global
        $edit = $night | Get-EditPlan $night.Instruction | Edit-MaskForType
        $edit.Result = $night.Truth
        ($edit | Test-EditResult).Verdict.Passed | Should -BeTrue
    }

    It 'says which cmdlet gives a result' {
        $failed = $null
        Import-EditImage $photo | Test-EditResult -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
    }
}
