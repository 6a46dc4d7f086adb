# Folders with the weights that ship with the module, in few steps.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    $PSDefaultParameterValues['Invoke-ImageEdit:Steps'] = 2
    $PSDefaultParameterValues['Invoke-ImageEdit:Model'] = 'toybox'
    $photos = Join-Path $TestDrive 'photos'
    foreach ($seed in 1..4) {
        (New-ToyScene -Seed $seed -Width 64 -Height 64).Picture | Export-EditImage -Path (Join-Path $photos "scene-$seed.png")
    }
    Set-Content (Join-Path $photos 'scene-5.png') 'no picture'
    $wanted = 'add a red ball on the left'
}

AfterAll {
    Clear-EditModel
    foreach ($key in 'Invoke-ImageEdit:Steps', 'Invoke-ImageEdit:Model') {
        $PSDefaultParameterValues.Remove($key)
    }
}

Describe 'Invoke-ImageEdit -Directory' {
    It 'edits what Get-ChildItem gives, past a bad file, and skips it all the next time' {
        $out = Join-Path $TestDrive 'out'
        $done = Get-ChildItem $photos/*.png | Invoke-ImageEdit $wanted -Directory $out -ErrorVariable faults -ErrorAction SilentlyContinue
        $done.Name | Sort-Object | Should -Be (1..4 | ForEach-Object { "scene-$_.png" })
        $faults.Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -Match '^BadPicture'
        $done[0].Path | Should -Exist
        Get-ChildItem $out -Force -Filter '*.tmp' | Should -BeNullOrEmpty

        $again = Get-ChildItem $photos/scene-[1-4].png | Invoke-ImageEdit $wanted -Directory $out -Resume
        $again.Status | Sort-Object -Unique | Should -Be 'Skipped'
    }

    It 'stops upstream when the next cmdlet has enough, and goes on with -Resume' {
        $out = Join-Path $TestDrive 'first'
        $first = Invoke-ImageEdit $photos/scene-[1-4].png $wanted -Directory $out | Select-Object -First 1
        $first.Status | Should -Be 'Done'
        $all = Invoke-ImageEdit $photos/scene-[1-4].png $wanted -Directory $out -Resume
        $all.Count | Should -Be 4
        $all.Status | Should -Contain 'Skipped'
    }

    It 'takes instructions from a table' {
        $jobs = Join-Path $TestDrive 'jobs.csv'
        1..2 | ForEach-Object { [pscustomobject] @{ LiteralPath = (Join-Path $photos "scene-$_.png"); Instruction = "add a $(('red', 'blue')[$_ - 1]) ball on the left" } } |
            Export-Csv $jobs
        $out = Join-Path $TestDrive 'table'
        (Import-Csv $jobs | Invoke-ImageEdit -Directory $out).Count | Should -Be 2
        (Import-EditImage (Join-Path $out 'scene-2.png')).Parameters['instruction'] | Should -Match 'blue'
    }

    It 'is split in parts that together do everything once' {
        $out = Join-Path $TestDrive 'parts'
        $names = foreach ($part in 1..3) {
            (Invoke-ImageEdit $photos/scene-[1-4].png $wanted -Directory $out -Shard "$part/3").Name
        }
        $names | Sort-Object | Should -Be (1..4 | ForEach-Object { "scene-$_.png" })
    }

    It 'writes nothing with -WhatIf' {
        $out = Join-Path $TestDrive 'none'
        Invoke-ImageEdit $photos/*.png $wanted -Directory $out -WhatIf | Should -BeNullOrEmpty
        $out | Should -Not -Exist
    }

    It 'works in runspaces of ForEach-Object -Parallel' {
        $out = Join-Path $TestDrive 'parallel'
        $module = (Resolve-Path (Join-Path $PSScriptRoot '../../BrushEdit.psd1')).Path
        $done = 1..2 | ForEach-Object -Parallel {
            Import-Module $using:module
            Invoke-ImageEdit (Join-Path $using:photos 'scene-[1-4].png') $using:wanted -Directory $using:out -Shard "$_/2" -Steps 2 -Model toybox
        }
        $done.Count | Should -Be 4
    }
}
