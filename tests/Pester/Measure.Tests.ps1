# Measuring edits: in memory, by file, and of benchmarks.
BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1') -Force
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1') -Force
    $cases = Join-Path $PSScriptRoot '../fixtures/parity' -Resolve
    $lpips = Join-Path $cases 'metric-lpips-squeeze/model.safetensors'
    $clip = Join-Path $cases 'metric-clip'
    $dino = (New-Item -ItemType Directory (Join-Path $TestDrive 'dino')).FullName
    Copy-Item (Join-Path $cases 'metric-pie/model.safetensors') $dino
    $config = Get-Content (Join-Path $cases 'metric-pie/config.json') -Raw | ConvertFrom-Json
    $config | Select-Object -ExcludeProperty clip, lpips | ConvertTo-Json | Set-Content (Join-Path $dino 'config.json')

    # Originals, masks and results by name; what a result shows is the scene's true edit.
    foreach ($part in 'photos', 'masks', 'out') { $null = New-Item -ItemType Directory (Join-Path $TestDrive $part) }
    New-ToyScene -Seed 3 -Count 3 -Width 64 -Height 64 | ForEach-Object {
        $_.Picture | Export-EditImage -Path "$TestDrive/photos/s$($_.Seed).png"
        $_.Mask | Export-EditImage -Path "$TestDrive/masks/s$($_.Seed).png"
        $_.Truth | Export-EditImage -Path "$TestDrive/out/s$($_.Seed).png"
    }
}

AfterAll {
    Clear-EditModel
}

Describe 'Measure-ImageEdit' {
    It 'measures results by file, with originals and masks by name' {
        $done = Measure-ImageEdit $TestDrive/out/*.png -Original $TestDrive/photos -Mask $TestDrive/masks -Method truth
        $done.Name | Should -Be 's3.png', 's4.png', 's5.png'
        $done.Method | Sort-Object -Unique | Should -Be 'truth'
        $done.KeptMse | Should -Be 0, 0, 0
        $done.KeptPsnr | Should -Be ([double]::PositiveInfinity), ([double]::PositiveInfinity), ([double]::PositiveInfinity)
        $done | ForEach-Object { $_.EditedMse | Should -BeGreaterThan 0; $_.Lpips | Should -BeNullOrEmpty; $_.Notes -join ' ' | Should -Match 'LPIPS.*CLIP.*Structure' }
    }

    It 'measures edits of the pipeline, and does not call a metric by the name of another' {
        $edit = New-ToyScene -Seed 3 -Width 64 -Height 64 | Invoke-Inpaint -Steps 1 -Seed 1 -Model toybox
        $one = $edit | Measure-ImageEdit
        $one.KeptMse | Should -Be 0
        $one.Seconds | Should -BeGreaterThan 0
        $one.Caption | Should -Be $edit.Settings.Caption
        $full = $edit | Measure-ImageEdit -Lpips $lpips -Clip $clip -Dino $dino
        $full.KeptLpips | Should -Be 0
        $full.EditedLpips | Should -BeGreaterThan 0
        $full.LpipsNetwork | Should -Be 'squeeze'
        $full.ClipSimilarity | Should -BeGreaterOrEqual 0
        $full.StructureDistance | Should -BeGreaterThan 0
        $full.Notes | Should -BeNullOrEmpty
        $full.Psnr | Should -Be $one.Psnr
    }

    It 'takes rows of a table' {
        $rows = "Path,Original,Mask,EditType,Method`n$TestDrive/out/s3.png,$TestDrive/photos/s3.png,$TestDrive/masks/s3.png,Remove,a`n$TestDrive/out/s4.png,$TestDrive/photos/s4.png,,Add,b" | ConvertFrom-Csv
        $done = $rows | Measure-ImageEdit
        $done.EditType | Should -Be 'Remove', 'Add'
        $done.Method | Should -Be 'a', 'b'
        $done[1].KeptPsnr | Should -BeNullOrEmpty
        $done[1].Notes -join ' ' | Should -Match 'mask'
    }

    It 'goes on after a picture that is missing or broken, each an error of its own' {
        Set-Content $TestDrive/out/broken.png 'no picture'
        try {
            $done = "$TestDrive/out/s3.png", "$TestDrive/out/none.png", "$TestDrive/out/broken.png", "$TestDrive/out/s5.png" |
                Measure-ImageEdit -Original $TestDrive/photos -ReportPath $TestDrive/broken.html -ErrorVariable faults -ErrorAction SilentlyContinue
            $done.Name | Should -Be 's3.png', 's5.png'
            $faults.FullyQualifiedErrorId -replace ',.*' | Should -Be 'NotFound', 'BadPicture'
            Get-Content $TestDrive/broken.html -Raw | Should -Match 'could not be measured'
        }
        finally {
            Remove-Item -LiteralPath "$TestDrive/out/broken.png"
        }
    }

    It 'refuses a result of another size, and says both' {
        (New-ToyScene -Seed 3 -Width 80 -Height 64).Picture | Export-EditImage -Path "$TestDrive/large.png"
        $fault = Get-OnlyError { Measure-ImageEdit $TestDrive/large.png -Original $TestDrive/photos/s3.png }
        $fault.FullyQualifiedErrorId | Should -Match '^BadPicture'
        "$fault" | Should -Match '80 x 64.*64 x 64'
    }

    It 'measures BrushBench, and gives means by method' {
        $bench = Join-Path $cases 'metric-brushbench'
        $rows = Measure-ImageEdit -Benchmark $bench/mapping_file.json -Results $bench/inside, $bench/outside -MaskKey inpainting_mask -Lpips $lpips -Clip $clip -Summary
        $rows.Method | Should -Be 'inside', 'outside'
        $rows.Edits | Should -Be 2, 2
        $expected = (Get-Content $bench/case.json -Raw | ConvertFrom-Json).rows.inside
        $rows[0].KeptPsnr | Should -BeGreaterThan 0
        [Math]::Abs($rows[0].KeptPsnr - ($expected.PSNR | Measure-Object -Average).Average) | Should -BeLessThan 1e-3
        [Math]::Abs($rows[0].KeptLpips - ($expected.LPIPS | Measure-Object -Average).Average) | Should -BeLessThan 1e-4
    }

    It 'measures PIE-Bench by kind of edit' {
        $bench = Join-Path $cases 'metric-pie'
        $rows = Measure-ImageEdit -Benchmark $bench/mapping_file.json -Results $bench/results -Dino $dino -Summary
        $rows.EditType | Should -Be '', 'ChangeObject', 'ChangeStyle'
        $rows[0].StructureDistance | Should -BeGreaterThan 0
    }

    It 'tells which result of a benchmark is missing, and measures the others' {
        $bench = Join-Path $cases 'metric-brushbench'
        $some = (New-Item -ItemType Directory (Join-Path $TestDrive 'some')).FullName
        Copy-Item $bench/inside/images/000000001.png $some
        $done = Measure-ImageEdit -Benchmark $bench/mapping_file.json -Results $some -ErrorVariable faults -ErrorAction SilentlyContinue
        $done.Name | Should -Be '000000001'
        $faults.Count | Should -Be 1
        "$($faults[0])" | Should -Match '000000000'
    }

    It 'writes a table, an object and a page' {
        $null = Measure-ImageEdit $TestDrive/out/*.png -Original $TestDrive/photos -Mask $TestDrive/masks -Method '<b>&' -CsvPath $TestDrive/new/m.csv -JsonPath $TestDrive/new/m.json -ReportPath $TestDrive/new/m.html -SortBy EditedPsnr
        $table = Import-Csv $TestDrive/new/m.csv
        $table.Name | Should -Be 's3.png', 's4.png', 's5.png'
        $table[0].KeptPsnr | Should -Be 'Infinity'
        $table[0].Lpips | Should -Be ''
        $json = Get-Content $TestDrive/new/m.json -Raw | ConvertFrom-Json
        $json.edits.Count | Should -Be 3
        $json.summary[0].means.EditedPsnr | Should -BeGreaterThan 0
        $page = Get-Content $TestDrive/new/m.html -Raw
        $page | Should -Match '&lt;b&gt;&amp;'
        $page | Should -Not -Match '<b>&'
        [regex]::Matches($page, '<img ').Count | Should -Be 9

        # The worst first.
        $shown = [regex]::Matches($page, 'data-value="(s\d\.png)"').ForEach({ $_.Groups[1].Value })
        $shown | Should -Be ($table | Sort-Object { [double] $_.EditedPsnr }).Name
        { Measure-ImageEdit $TestDrive/out/*.png -Original $TestDrive/photos -CsvPath $TestDrive/new/m.csv } | Should -Throw '*already exists*'
        Measure-ImageEdit $TestDrive/out/*.png -Original $TestDrive/photos -CsvPath $TestDrive/new/m.csv -Force | Should -HaveCount 3
    }

    It 'leaves no file where nothing was measured' {
        $null = Measure-ImageEdit $TestDrive/none.png -Original $TestDrive/photos -ReportPath $TestDrive/nothing/m.html -ErrorAction SilentlyContinue
        "$TestDrive/nothing" | Should -Not -Exist
        Get-ChildItem $TestDrive -Force -Recurse -Filter '.brushedit-*' | Should -BeNullOrEmpty
    }

    It 'says <Id> for <What>' -ForEach @(
        @{ What = 'a pickled checkpoint'; Id = 'BadModel'; Code = { Set-Content $TestDrive/net.pth x; Measure-ImageEdit $TestDrive/out/s3.png -Original $TestDrive/photos -Lpips $TestDrive/net.pth } }
        @{ What = 'a network that is not there'; Id = 'ModelNotFound'; Code = { Measure-ImageEdit $TestDrive/out/s3.png -Original $TestDrive/photos -Lpips no-such-network } }
        @{ What = 'a network of another kind'; Id = 'BadModel'; Code = { Measure-ImageEdit $TestDrive/out/s3.png -Original $TestDrive/photos -Lpips $dino } }
        @{ What = 'a figure that is none'; Id = 'BadArgument'; Code = { Measure-ImageEdit $TestDrive/out/s3.png -Original $TestDrive/photos -SortBy Beauty } }
        @{ What = 'results without a benchmark'; Id = 'BadArgument'; Code = { Measure-ImageEdit -Results $TestDrive/out } }
        @{ What = 'a benchmark without results'; Id = 'BadArgument'; Code = { Measure-ImageEdit -Benchmark $cases/metric-pie/mapping_file.json } }
        @{ What = 'a benchmark and a mask'; Id = 'BadArgument'; Code = { Measure-ImageEdit -Benchmark $cases/metric-pie/mapping_file.json -Results $TestDrive/out -Mask x } }
        @{ What = 'no original'; Id = 'MissingStage'; Code = { Measure-ImageEdit $TestDrive/out/s3.png } }
        @{ What = 'an original that is not there'; Id = 'NotFound'; Code = { Measure-ImageEdit $TestDrive/out/s3.png -Original $TestDrive/masks/x.png } }
    ) {
        (Get-OnlyError $Code).FullyQualifiedErrorId | Should -Match "^$Id"
    }
}

Describe 'Compare-EditMethod' {
    It 'edits the same scenes by several engines, and gives one table' {
        $rows = New-ToyScene -Seed 3 -Count 2 -Width 64 -Height 64 |
            Compare-EditMethod -Engine BrushNet, BlendedLatent, SDEdit -Steps 2 -Seed 1 -Model toybox -ReportPath $TestDrive/compared.html
        $all = $rows | Where-Object EditType -EQ ''
        $all.Method | Should -Be 'BrushNet', 'BlendedLatent', 'SDEdit'
        $all.Edits | Should -Be 2, 2, 2
        $all.Unchanged | Should -Be 2, 2, 2 -Because 'what lies outside of the mask stays'
        foreach ($row in $all) {
            $row.TruthPsnr | Should -BeGreaterThan 0
            $row.Right | Should -BeIn 0, 0.5, 1
            $row.Seconds | Should -BeGreaterThan 0
        }

        ($all.TruthPsnr | Sort-Object -Unique).Count | Should -Be 3 -Because 'the engines are not one and the same'
        [regex]::Matches((Get-Content $TestDrive/compared.html -Raw), '<img ').Count | Should -Be 24
    }

    It 'compares settings, an object an edit' {
        $each = New-ToyScene -Seed 3 -Width 64 -Height 64 | Compare-EditMethod -Variant @{ Steps = 1 }, @{ Name = 'two'; Steps = 2; Engine = 'BlendedLatent' } -Model toybox -Seed 1 -Each
        $each.Method | Should -Be 'BrushNet, Steps 1', 'two'
        $each[0].Psnr | Should -Not -Be $each[1].Psnr
    }

    It 'erases in the mode that a variant names, with or without Erase' {
        $variants = @(
            @{ Name = 'mode'; Steps = 2; EraseMode = 'Graded' }
            @{ Name = 'both'; Steps = 2; EraseMode = 'Graded'; Erase = $true }
            @{ Name = 'off'; Steps = 2; EraseMode = 'Graded'; Erase = $false }
            @{ Name = 'none'; Steps = 2 }
            @{ Name = 'full'; Steps = 2; Erase = $true }
        )
        $mse = (New-ToyScene -Seed 3 -Width 64 -Height 64 | Compare-EditMethod -Variant $variants -Model toybox -Seed 1 -Each).EditedMse
        $mse[1] | Should -Be $mse[0]
        $mse[2] | Should -Be $mse[3]
        ($mse | Sort-Object -Unique).Count | Should -Be 3 -Because 'Graded, Full and none differ'
    }

    It 'gives an engine what it gets alone' {
        $scene = New-ToyScene -Seed 4 -Width 64 -Height 64
        $alone = $scene | Invoke-Inpaint -Engine BlendedLatent -Steps 2 -Seed 9 -Model toybox | Measure-ImageEdit
        ($scene | Compare-EditMethod -Engine BlendedLatent -Steps 2 -Seed 9 -Model toybox -Each).EditedMse | Should -Be $alone.EditedMse
    }

    It 'does nothing with -WhatIf' {
        New-ToyScene -Seed 3 -Width 64 -Height 64 | Compare-EditMethod -Engine BrushNet -Steps 2 -WhatIf | Should -BeNullOrEmpty
    }

    It 'says <Id> for <What>' -ForEach @(
        @{ What = 'no method'; Id = 'BadArgument'; Code = { New-ToyScene | Compare-EditMethod -Steps 1 } }
        @{ What = 'the same method twice'; Id = 'BadArgument'; Code = { New-ToyScene | Compare-EditMethod -Engine BrushNet, BrushNet } }
        @{ What = 'a setting that is none'; Id = 'BadArgument'; Code = { New-ToyScene | Compare-EditMethod -Variant @{ Stepps = 2 } } }
        @{ What = 'a value of another kind'; Id = 'BadArgument'; Code = { New-ToyScene | Compare-EditMethod -Variant @{ Steps = 'many' } } }
        @{ What = 'a mode that is none'; Id = 'BadArgument'; Code = { New-ToyScene | Compare-EditMethod -Variant @{ EraseMode = 'Half' } } }
        @{ What = 'what the engine has no use for'; Id = 'BadArgument'; Code = { New-ToyScene | Compare-EditMethod -Variant @{ Engine = 'BlendedLatent'; ConditioningScale = 0.5 } } }
        @{ What = 'no mask'; Id = 'MissingStage'; Code = { (New-ToyScene).Picture | Compare-EditMethod -Engine BrushNet -Caption x } }
        @{ What = 'no caption'; Id = 'MissingStage'; Code = { Compare-EditMethod $TestDrive/photos/s3.png -Mask $TestDrive/masks/s3.png -Engine BrushNet } }
    ) {
        (Get-OnlyError $Code).FullyQualifiedErrorId | Should -Match "^$Id"
    }

    It 'goes on with the other methods where one fails' {
        $with = @{ Mask = "$TestDrive/masks/s3.png"; Caption = 'a lawn'; Steps = 1; Seed = 1; Model = 'toybox' }
        $rows = @(Compare-EditMethod $TestDrive/photos/s3.png @with -Engine DdimP2P, BlendedLatent -ErrorVariable faults -ErrorAction SilentlyContinue)
        $rows.Method | Should -Be 'BlendedLatent'
        $faults.Count | Should -Be 1
        "$($faults[0])" | Should -Match 'DdimP2P.*caption of the picture before'
    }

    It 'ends where a model is missing' {
        { New-ToyScene -Seed 3 -Width 64 -Height 64 | Compare-EditMethod -Engine ControlNetInpaint -Steps 1 -Model toybox } | Should -Throw '*ControlNet*'
    }
}
