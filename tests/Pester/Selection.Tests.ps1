# Which things are edited, how many, and what happens where they are not there; with the weights that ship with the module.
BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $noStages = @(Get-EditModel -Kind GroundingDino).Count -eq 0 -or @(Get-EditModel -Kind Sam).Count -eq 0
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $hearts = Join-Path $PSScriptRoot '../fixtures/field/three-hearts.png'
    $scene = Join-Path $PSScriptRoot '../fixtures/field/no-star.png'
    $quick = @{ Steps = 2; Model = 'toybox'; Seed = 1 }
}

AfterAll {
    Clear-EditModel
}

Describe 'A picture of three hearts' -Skip:$noStages {
    It 'finds all of them for <_>' -ForEach 'remove the hearts', 'remove all the hearts', 'remove every heart', 'remove hearts' {
        $edit = Get-EditPlan $hearts $_ | Find-Object
        $edit.Detections.Count | Should -Be 3
        $edit.Plan.Selection[0].Number | Should -Be 'All'
        $edit.Warnings | Should -BeNullOrEmpty
    }

    It 'takes two for "both", says that there are others, and does not pass while one remains' {
        $edit = Invoke-ImageEdit $hearts 'remove both hearts' -Verify -MaxAttempts 1 @quick -WarningAction SilentlyContinue
        $edit.Detections.Count | Should -Be 2
        "$($edit.Warnings)" | Should -Match "means 2, but 3 were found \(scores 0\.\d\d, 0\.\d\d, 0\.\d\d\)"
        $edit.Verdict.Passed | Should -BeFalse
        $edit.Verdict.Checks.Where{ $_.Name -eq 'Others' }.Passed | Should -BeFalse
    }

    It 'removes them all, and the verdict says that no other is found' {
        $edit = Invoke-ImageEdit $hearts 'remove the hearts' -Verify -MaxAttempts 1 @quick -WarningAction SilentlyContinue
        $edit.Detections.Count | Should -Be 3
        $edit.Verdict.Checks.Where{ $_.Name -eq 'Others' }.Passed | Should -BeTrue
    }

    It 'finds <Nth> for <Words>' -ForEach @(
        @{ Words = 'remove the leftmost heart'; Nth = 0 }
        @{ Words = 'remove the heart on the right'; Nth = 2 }
        @{ Words = 'remove the second heart from the left'; Nth = 1 }
    ) {
        $all = (Find-Object $hearts -Text heart -All).Detections.Box | Sort-Object CenterX
        $one = (Get-EditPlan $hearts $Words | Find-Object).Detections
        $one.Count | Should -Be 1
        $one[0].Box | Should -Be $all[$Nth]
    }

    It 'lets -All and -Top go before the words' {
        (Get-EditPlan $hearts 'remove the leftmost heart' | Find-Object -All).Detections.Count | Should -Be 3
        (Get-EditPlan $hearts 'remove the hearts' | Find-Object -Top 1).Detections.Count | Should -Be 1
        { Invoke-ImageEdit $hearts 'remove the hearts' -All -Top 1 -ErrorAction Stop } | Should -Throw '*-All or -Top*'
    }

    It 'takes a selection of a script, and of a plan file' {
        $plan = Get-EditPlan $hearts 'remove the hearts' | Export-EditPlan -Directory $TestDrive -PassThru
        $plan.Plan.Selection = @{ Noun = 'heart'; Number = 'Exactly'; Place = 'Right' }
        ($plan | Find-Object).Detections.Count | Should -Be 1
        (Import-EditImage $hearts | Import-EditPlan -Directory $TestDrive | Find-Object).Detections.Count | Should -Be 3
    }

    It 'tells the selection in the plan''s views' {
        (Get-EditPlan $hearts 'remove the second heart from the left').Plan | Format-List | Out-String | Should -Match 'Selection\s*:\s*2nd from the left'
    }
}

Describe 'A picture without a star' -Skip:$noStages {
    It 'is not edited, and the error names the best score' {
        $edit = Invoke-ImageEdit $scene 'remove the purple star' @quick -ErrorVariable faults -ErrorAction SilentlyContinue
        $edit | Should -BeNullOrEmpty
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'ThingNotFound,*'
        "$($faults[0])" | Should -Match "'purple star' was not found; the best detection is .* 0\.\d\d"
    }

    It 'is edited where -Threshold allows it' {
        (Get-EditPlan $scene 'remove the purple star' | Find-Object -Threshold 0.01).Detections.Count | Should -Be 1
    }

    It 'is not found in a batch, and never done; -CopyUnedited keeps the folder whole' {
        $out = Join-Path $TestDrive 'out'
        $other = Copy-Item -LiteralPath $scene -Destination (Join-Path $TestDrive 'no-star-either.png') -PassThru
        $done = Invoke-ImageEdit $scene, $other.FullName 'remove the purple star' -Directory $out @quick -Verbose -ErrorVariable faults -ErrorAction SilentlyContinue 4>&1
        $done.Where{ $_ -isnot [System.Management.Automation.VerboseRecord] } | Should -BeNullOrEmpty
        $faults.FullyQualifiedErrorId | ForEach-Object { $_ | Should -BeLike 'ThingNotFound*' }
        "$done" | Should -Match '2 of 2, 2 not found in all'
        Join-Path $out 'no-star.png' | Should -Not -Exist

        $kept = Join-Path $TestDrive 'kept'
        $file = Invoke-ImageEdit $scene 'remove the purple star' -Directory $kept -CopyUnedited @quick -WarningVariable said -WarningAction SilentlyContinue
        $file.Status | Should -Be 'NotFound'
        "$said" | Should -Match 'was not found'
        (Get-FileHash $file.Path).Hash | Should -Be (Get-FileHash $scene).Hash
        (Invoke-ImageEdit $scene 'remove the purple star' -Directory $kept -CopyUnedited -Resume @quick -WarningAction SilentlyContinue).Status | Should -Be 'NotFound'
    }
}
