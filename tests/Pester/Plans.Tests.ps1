# Plans: made, shown, written, corrected and read.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $photo = Join-Path $TestDrive 'photo.png'
    $other = Join-Path $TestDrive 'other.png'
    New-ToyScene -Seed 3 -Width 64 -Height 64 | Export-EditImage -Path $photo
    New-ToyScene -Seed 4 -Width 64 -Height 64 | Export-EditImage -Path $other
}

Describe 'Get-EditPlan' {
    It 'understands <instruction>' -ForEach @(
        @{ Instruction = 'remove the dog'; Type = 'Remove'; Target = 'dog'; NewContent = $null }
        @{ Instruction = 'add a red ball'; Type = 'Addition'; Target = $null; NewContent = 'a red ball' }
        @{ Instruction = 'replace the dog with a cat'; Type = 'Local'; Target = 'dog'; NewContent = 'a cat' }
        @{ Instruction = 'make it night'; Type = 'Global'; Target = $null; NewContent = 'night' }
    ) {
        $plan = (Get-EditPlan $photo $instruction -Box 1, 2, 30, 40).Plan
        $plan.EditType | Should -Be $Type
        $plan.Target | Should -Be $Target
        $plan.NewContent | Should -Be $NewContent
        $plan.Instruction | Should -Be $instruction
        $plan.Caption | Should -Not -BeNullOrEmpty
        $plan.Planner | Should -Be 'Rules'
    }

    It 'takes the first word as instruction where pictures come from the pipeline' {
        $edits = Get-ChildItem -LiteralPath $TestDrive -Filter *.png | Get-EditPlan 'remove the dog'
        $edits.Count | Should -Be 2
        $edits.Plan.Target | Should -Be 'dog', 'dog'
    }

    It 'keeps a plan unless it is told to make another' {
        $edit = Get-EditPlan $photo 'remove the dog'
        ($edit | Get-EditPlan 'make it night').Plan.EditType | Should -Be 'Remove'
        ($edit | Get-EditPlan 'make it night' -Force).Plan.EditType | Should -Be 'Global'
        $edit.Plan.EditType | Should -Be 'Remove'
    }

    It 'takes what is given and asks only for the rest' {
        $plan = (Get-EditPlan $photo 'remove the dog' -Target 'big dog' -Caption 'a lawn').Plan
        $plan.Target | Should -Be 'big dog'
        $plan.Caption | Should -Be 'a lawn'
    }

    It 'says that it does not understand, and goes on' {
        $plans = 'frobnicate', 'remove the dog' | ForEach-Object { Get-EditPlan $photo $_ -ErrorAction SilentlyContinue -ErrorVariable +faults }
        @($plans).Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
    }

    It 'says that there is no such picture' {
        { Get-EditPlan (Join-Path $TestDrive 'none.png') 'remove the dog' -ErrorAction Stop } | Should -Throw '*none.png*'
    }

    It 'completes planners and refuses others' {
        $line = 'Get-EditPlan a.png b -Planner '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'Rules'
        { Get-EditPlan $photo 'remove the dog' -Planner Oracle } | Should -Throw '*Oracle*'
    }

    It 'shows plans as a table' {
        $text = (Get-EditPlan $photo 'replace the dog with a cat').Plan | Out-String
        $text | Should -Match 'EditType\s+Target\s+Selection\s+NewContent\s+Caption\s+Planner\s+Confidence'
        $text | Should -Match 'Local\s+dog\s+a cat'
    }

    It 'shows all of a plan as a list' {
        $text = (Get-EditPlan $photo 'replace the dog with a cat').Plan | Format-List | Out-String
        $text | Should -Match 'Instruction\s+: replace the dog with a cat'
        $text | Should -Match 'Notes\s+:'
    }
}

Describe 'Export-EditPlan' {
    BeforeEach {
        $plans = Join-Path $TestDrive ([guid]::NewGuid())
    }

    It 'names a plan after its picture' {
        $files = Get-EditPlan $photo, $other 'remove the dog' | Export-EditPlan -Directory $plans
        $files.Name | Should -Be 'photo.png.plan.json', 'other.png.plan.json'
        (Get-Content -LiteralPath $files[0].FullName -Raw | ConvertFrom-Json).target | Should -Be 'dog'
    }

    It 'refuses what is there, and replaces it with -Force' {
        $edit = Get-EditPlan $photo 'remove the dog'
        $edit | Export-EditPlan -Directory $plans
        { $edit | Export-EditPlan -Directory $plans -ErrorAction Stop } | Should -Throw '*already exists*'
        ($edit | Export-EditPlan -Directory $plans -Force).Name | Should -Be 'photo.png.plan.json'
    }

    It 'writes one file under any name' {
        (Get-EditPlan $photo 'remove the dog' | Export-EditPlan -Path (Join-Path $TestDrive 'one.json')).Name | Should -Be 'one.json'
    }

    It 'writes nothing with -WhatIf' {
        Get-EditPlan $photo 'remove the dog' | Export-EditPlan -Directory $plans -WhatIf
        $plans | Should -Not -Exist
    }

    It 'passes edits on' {
        (Get-EditPlan $photo 'remove the dog' | Export-EditPlan -Directory $plans -PassThru).Name | Should -Be 'photo.png'
    }

    It 'says that there is no plan yet' {
        $failed = $null
        Import-EditImage $photo | Export-EditPlan -Directory $plans -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'MissingStage,*'
    }
}

Describe 'Import-EditPlan' {
    BeforeAll {
        $plans = Join-Path $TestDrive 'kept'
        Get-EditPlan $photo, $other 'replace the dog with a cat' | Export-EditPlan -Directory $plans
    }

    It 'reads plans alone' {
        $read = Import-EditPlan (Join-Path $plans '*.json')
        $read.Count | Should -Be 2
        $read[0].NewContent | Should -Be 'a cat'
    }

    It 'gives each edit its own plan, corrected by hand' {
        $file = Join-Path $plans 'other.png.plan.json'
        $plan = Get-Content -LiteralPath $file -Raw | ConvertFrom-Json
        $plan.target = 'brown dog'
        $plan | ConvertTo-Json -Depth 5 | Set-Content -LiteralPath $file
        (Import-EditImage $photo, $other | Import-EditPlan -Directory $plans).Plan.Target | Should -Be 'dog', 'brown dog'
    }

    It 'says which plan is missing' {
        { Import-EditImage $photo | Import-EditPlan -Directory (Join-Path $TestDrive 'nowhere') -ErrorAction Stop } | Should -Throw '*photo.png.plan.json*'
    }

    It 'refuses what is no plan' {
        Set-Content -LiteralPath (Join-Path $TestDrive 'bad.json') -Value '{ "editType": "Explode" }'
        { Import-EditPlan (Join-Path $TestDrive 'bad.json') -ErrorAction Stop } | Should -Throw '*bad.json*'
    }
}

Describe 'Plans, as they are written and read' {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    }

    It 'plans each picture of the pipeline by the first word' {
        (Import-EditImage $photo, $other | Get-EditPlan 'make it night').Plan.Caption | Should -Be 'a picture at night', 'a picture at night'
    }

    It 'goes on after what it does not understand' {
        $done = Get-Outcome { 'frobnicate', 'remove the dog' | ForEach-Object { Get-EditPlan $photo $_ } }
        $done.Output.Count | Should -Be 1
        $done.Errors.Count | Should -Be 1
        $done.Errors[0].FullyQualifiedErrorId | Should -BeLike 'BadArgument,*'
    }

    It 'makes another plan with -Force, from parts that are given' {
        $plan = (Get-EditPlan $photo 'remove the dog' | Get-EditPlan 'add a hat' -Force -Box 1, 2, 3, 4).Plan
        "$($plan.EditType) $($plan.Box)" | Should -Be 'Addition 1,2,3,4'
    }

    It 'takes a plan back to its picture from a folder' {
        $plans = Join-Path $TestDrive 'taken'
        Get-EditPlan $photo 'replace the dog with a cat' | Export-EditPlan -Directory $plans
        (Import-EditImage $photo | Import-EditPlan -Directory $plans).Plan.NewContent | Should -Be 'a cat'
        (Get-OnlyError { Get-EditPlan $photo 'remove the dog' | Export-EditPlan -Directory $plans }).FullyQualifiedErrorId | Should -BeLike 'CannotWrite,*'
    }

    It 'completes the planners that begin so' {
        $line = 'Get-EditPlan x y -Planner O'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Sort-Object | Should -Be 'Ollama', 'OpenAI'
    }
}
