# One contract for all cmdlets: what they take, how tables bind, what is never passed over in silence, what -WhatIf, completion and help
# give. Every cmdlet of the module stands in the list below; one that does not fails.
BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1')

    # Takes: Named (pictures by position and from the pipeline), Piped (from the pipeline; -Path is what is written), or None.
    # With: what lets it run cheaply. Gives: the fault that a bare picture meets, where the cmdlet needs more than that.
    $contract = @(
        @{ Name = 'Import-EditImage'; Takes = 'Named'; With = @{} }
        @{ Name = 'Get-EditPlan'; Takes = 'Named'; With = @{ Instruction = 'make it night' } }
        @{ Name = 'Find-Object'; Takes = 'Named'; With = @{ Text = 'red ball'; WarningAction = 'SilentlyContinue' } }
        @{ Name = 'Get-SegmentMask'; Takes = 'Named'; Writes = 'MaskFolder'; With = @{ Box = '22,32,25,25' } }
        @{ Name = 'Edit-MaskForType'; Takes = 'Named'; Writes = 'MaskFolder'; With = @{ EditType = 'Global' } }
        @{ Name = 'Invoke-Inpaint'; Takes = 'Named'; Writes = 'Output'; With = @{ Caption = 'a ball'; Steps = 1; Seed = 1; Model = 'toybox' }; Mask = $true }
        @{ Name = 'Invoke-ImageEdit'; Takes = 'Named'; Writes = 'Output', 'Directory'; With = @{ Instruction = 'make it night'; Steps = 1; Seed = 1; Model = 'toybox' } }
        @{ Name = 'Test-EditResult'; Takes = 'Named'; With = @{}; Gives = 'MissingStage' }
        @{ Name = 'Show-EditImage'; Takes = 'Named'; With = @{ PassThru = $true; InformationAction = 'Ignore' } }
        @{ Name = 'New-EditMask'; Takes = 'Named'; With = @{ Box = '8,8,30,30' } }
        @{ Name = 'Edit-Mask'; Takes = 'Named'; Writes = @(); With = @{ Grow = 1 }; Gives = 'BadMask', 'MissingStage' }
        @{ Name = 'Import-EditPlan'; Takes = 'Named'; With = @{}; Plan = $true }
        @{ Name = 'Export-EditImage'; Takes = 'Piped'; Writes = 'Path', 'Directory', 'Output'; With = @{ Content = 'Picture'; Force = $true }; Folder = $true }
        @{ Name = 'Export-EditPlan'; Takes = 'Piped'; Writes = 'Path', 'Directory'; With = @{ Force = $true }; Folder = $true; Gives = 'MissingStage' }
        @{ Name = 'Export-EditReport'; Takes = 'Piped'; Writes = 'Path'; With = @{ Force = $true }; File = 'report.html' }
        @{ Name = 'Measure-ImageEdit'; Takes = 'Named'; Writes = 'CsvPath', 'JsonPath', 'ReportPath'; With = @{}; Gives = 'MissingStage' }
        @{ Name = 'Compare-EditMethod'; Takes = 'Named'; Writes = 'CsvPath', 'JsonPath', 'ReportPath'; With = @{ Engine = 'BlendedLatent'; Caption = 'a ball'; Steps = 1; Seed = 1; Model = 'toybox' }; Mask = $true }
        @{ Name = 'New-ToyScene'; Takes = 'None'; With = @{} }
        @{ Name = 'New-BrushNet'; Takes = 'None'; Writes = 'OutputPath'; With = @{} }
        @{ Name = 'Start-BrushNetTraining'; Takes = 'None'; Writes = 'OutputPath'; With = @{} }
        @{ Name = 'Get-EditModel'; Takes = 'None'; With = @{} }
        @{ Name = 'Clear-EditModel'; Takes = 'None'; Writes = @(); With = @{} }
        @{ Name = 'Install-EditModel'; Takes = 'None'; Writes = 'Destination'; With = @{} }
        @{ Name = 'Install-EditRuntime'; Takes = 'None'; Writes = @(); With = @{} }
        @{ Name = 'Get-EditRuntime'; Takes = 'None'; With = @{} }
    )
    $known = @($contract.Name)
    $all = @((Get-Command -Module BrushEdit).Name | ForEach-Object { @{ Name = $_; Known = $known } })
    $taking = $contract | Where-Object Takes -NE None
    $named = $contract | Where-Object Takes -EQ Named
    $columns = 'Instruction', 'Mask', 'Caption', 'Target', 'EditType', 'Box', 'Seed', 'Output'

    # Every kind of thing that is taken, as an expression of the variables that BeforeAll sets.
    $inputs = @(
        @{ What = 'a path'; Make = { $photo } }
        @{ What = 'a pattern'; Make = { Join-Path $folder 'ph*.png' } }
        @{ What = 'a file'; Make = { Get-Item -LiteralPath $photo } }
        @{ What = 'a picture'; Make = { $scene.Picture } }
        @{ What = 'an edit'; Make = { Import-EditImage $photo } }
        @{ What = 'a scene'; Make = { $scene } }
        @{ What = 'a row with a column Path'; Make = { [pscustomobject] @{ Path = $photo; Other = '' } } }
        @{ What = 'a row with a column LiteralPath'; Make = { [pscustomobject] @{ LiteralPath = $photo } } }
        @{ What = 'a row with a picture'; Make = { [pscustomobject] @{ Picture = $scene.Picture } } }
        @{ What = 'a line of a CSV file'; Make = { "Path,Output,Caption,Target,Seed,Box,Mask,EditType`n$photo,,,,,,," | ConvertFrom-Csv } }
        @{ What = 'a hashtable'; Make = { @{ path = $photo } } }
        @{ What = 'a data row'; Make = {
                $table = [System.Data.DataTable]::new()
                $null = $table.Columns.Add('Path')
                $null = $table.Columns.Add('Seed')
                $null = $table.Rows.Add($photo, [System.DBNull]::Value)
                , $table.Rows[0]
            } }
    )
    $eachInput = foreach ($cmdlet in $taking) {
        foreach ($one in $inputs) {
            @{ Cmdlet = $cmdlet; Name = $cmdlet.Name; What = $one.What; Make = $one.Make }
        }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../BrushEdit.psd1')
    Import-Module (Join-Path $PSScriptRoot 'TestSupport.psm1')
    $env:BRUSHEDIT_PLANNER = $null
    $folder = Join-Path $TestDrive 'in'
    $null = New-Item -ItemType Directory -Path $folder
    $scene = New-ToyScene -Seed 4 -Width 64 -Height 64
    $photo = Join-Path $folder 'photo.png'
    $scene.Picture | Export-EditImage -Path $photo
    $maskFile = Join-Path $TestDrive 'mask.png'
    New-EditMask -Box 8, 8, 30, 30 -Width 64 -Height 64 | Export-EditImage -Path $maskFile
    $planFile = Join-Path $TestDrive 'a.plan.json'
    $null = Get-EditPlan $photo 'make it night' | Export-EditPlan -Path $planFile

    function Get-Argument([hashtable] $Cmdlet, [string] $Folder) {
        # What a cmdlet is called with in these tests.
        $with = $Cmdlet.With.Clone()
        if ($Cmdlet.Mask) { $with.Mask = $maskFile }
        if ($Cmdlet.Plan) { $with.Plan = $planFile }
        if ($Cmdlet.Folder) { $with.Directory = $Folder }
        if ($Cmdlet.File) { $with.Path = Join-Path $Folder $Cmdlet.File }
        $with
    }

    function Test-Outcome([object[]] $Output, [object[]] $Faults, [hashtable] $Cmdlet, [string] $What) {
        # Either the cmdlet has worked, or it has said what the picture lacks: never nothing.
        if ($Faults) {
            "$($Faults[0].FullyQualifiedErrorId -split ',' | Select-Object -First 1)" | Should -BeIn @($Cmdlet.Gives) -Because "$($Cmdlet.Name) was given $What and said: $($Faults[0])"
        }
        else {
            $Output.Count | Should -Be 1 -Because "$($Cmdlet.Name) was given $What"
        }
    }
}

AfterAll {
    Clear-EditModel
}

Describe 'The contract of <Name>' -ForEach $all {
    It 'is written down in this file' {
        $Name | Should -BeIn $Known
    }

    It 'binds by name what people have in tables' {
        # A training run takes many scenes, each with a seed, and has one seed of its own.
        foreach ($parameter in (Get-Command $Name).Parameters.Values | Where-Object { "$Name $($_.Name)" -ne 'Start-BrushNetTraining Seed' }) {
            if (@($parameter.Name) + @($parameter.Aliases) | Where-Object { $_ -in 'Instruction', 'Mask', 'Caption', 'Target', 'EditType', 'Box', 'Seed', 'Output' }) {
                $parameter.Attributes.Where({ $_ -is [System.Management.Automation.ParameterAttribute] }).ValueFromPipelineByPropertyName |
                    Should -Contain $true -Because "-$($parameter.Name) of $Name is a column of tables"
            }
        }
    }

    It 'completes models, samplers, devices, planners and every list of words' {
        foreach ($parameter in (Get-Command $Name).Parameters.Values) {
            $type = [System.Nullable]::GetUnderlyingType($parameter.ParameterType) ?? $parameter.ParameterType
            $isWords = $type.IsEnum -or ($type.IsArray -and $type.GetElementType().IsEnum)
            $isName = $parameter.Name -in 'BrushNet', 'Detector', 'Segmenter', 'Sampler', 'Device', 'Planner', 'Precision' -or
                ($parameter.Name -eq 'Model' -and $Name -ne 'Get-EditPlan')
            if ($isWords -or $isName) {
                $line = "$Name -$($parameter.Name) "
                (TabExpansion2 $line $line.Length).CompletionMatches.Where({ $_.ResultType -eq 'ParameterValue' }).Count |
                    Should -BeGreaterThan 0 -Because "'$line' is completed"
            }
        }
    }

    It 'tells in its help how each parameter binds' {
        $help = @((Get-Help $Name -Full).parameters.parameter)
        foreach ($parameter in (Get-Command $Name).Parameters.Values | Where-Object Name -NotIn ([System.Management.Automation.Cmdlet]::CommonParameters)) {
            $told = $help | Where-Object Name -EQ $parameter.Name
            $told.description.Text | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) of $Name is described"
            $told.defaultValue | Should -Not -BeNullOrEmpty -Because "the default of -$($parameter.Name) of $Name is shown"
            $attributes = $parameter.Attributes.Where({ $_ -is [System.Management.Automation.ParameterAttribute] })
            ($told.pipelineInput -match 'ByPropertyName') | Should -Be ($attributes.ValueFromPipelineByPropertyName -contains $true) -Because "-$($parameter.Name) of $Name"
            ($told.pipelineInput -match 'ByValue') | Should -Be ($attributes.ValueFromPipeline -contains $true) -Because "-$($parameter.Name) of $Name"
        }
    }

    It 'keeps the examples of its help apart' {
        $lines = @((Get-Help $Name -Examples | Out-String) -split '\r?\n')
        $titles = @(0..($lines.Count - 1) | Where-Object { $lines[$_] -match 'Example \d+:' })
        $titles.Count | Should -BeGreaterThan 0
        foreach ($at in $titles) {
            $lines[$at - 1].Trim() | Should -BeNullOrEmpty -Because "'$($lines[$at].Trim())' of $Name does not run on from the example before"
        }
    }

    It 'has -WhatIf where it writes' {
        $command = Get-Command $Name
        if ($command.Verb -in 'Export', 'Clear', 'Install', 'Invoke' -or $command.Parameters.Keys.Where({ $_ -in 'MaskFolder', 'Output', 'PreviewPath', 'Destination' })) {
            $command.Parameters.Keys | Should -Contain 'WhatIf'
        }
    }
}

Describe 'What <Name> takes' -ForEach $taking {
    It 'has the same parameters as every other cmdlet' {
        $parameters = (Get-Command $Name).Parameters
        $own = if ($Takes -eq 'Named') { 'Path', 'LiteralPath', 'Picture', 'InputObject' } else { 'Picture', 'InputObject' }
        foreach ($parameter in $own) {
            $attribute = $parameters[$parameter].Attributes.Where({ $_ -is [System.Management.Automation.ParameterAttribute] })
            $attribute.Count | Should -Be 1
            $attribute[0].ValueFromPipeline | Should -Be ($parameter -eq 'InputObject')
            $attribute[0].ValueFromPipelineByPropertyName | Should -Be ($parameter -ne 'InputObject')
        }

        if ($Takes -eq 'Named') {
            $parameters['Path'].Attributes.Position | Should -Contain 0
            $parameters['LiteralPath'].Aliases | Should -Be 'PSPath', 'FullName'
        }
    }

    It 'passes nothing over in silence' {
        $with = Get-Argument $_ (Join-Path $TestDrive "silence-$Name")
        foreach ($item in [pscustomobject] @{ File = 'photo.png'; Size = 3 }, @{ File = 'photo.png' }, 42, [pscustomobject] @{ Path = '' }) {
            $output = @($item | & $Name @with -ErrorVariable faults -ErrorAction SilentlyContinue)
            $output.Count | Should -Be 0
            $faults.Count | Should -Be 1 -Because "$Name can use nothing of $item"
            "$($faults[0])" | Should -Match 'Picture, Path, LiteralPath, PSPath, FullName'
        }

        foreach ($item in $null, @(, @())) {
            $null = $item | & $Name @with -ErrorVariable faults -ErrorAction SilentlyContinue
            $faults.Count | Should -Be 1 -Because "nothing came down the pipeline to $Name"
        }
    }

    It 'goes on with the others after one that it cannot use' {
        $with = Get-Argument $_ (Join-Path $TestDrive "others-$Name")
        $edit = Import-EditImage $photo
        $null = 42, $edit, 'missing.png' | & $Name @with -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.Where({ "$_" -match 'Int32' }).Count | Should -Be 1
        $faults.Where({ "$_" -match 'missing\.png' }).Count | Should -BeIn 1, 2
    }

    It 'says of an edit that came through a job that its pixels are lost' {
        $with = Get-Argument $_ (Join-Path $TestDrive "remains-$Name")
        $file = Join-Path $TestDrive "$Name.clixml"
        Import-EditImage $photo | Export-Clixml $file
        $null = Import-Clixml $file | & $Name @with -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.Count | Should -Be 1
        "$($faults[0])" | Should -Match 'lost its pixels'
    }
}

Describe '<Name> takes <What>' -ForEach $eachInput {
    It 'from the pipeline' {
        $with = Get-Argument $Cmdlet (Join-Path $TestDrive "out-$Name")
        $output = @(& $Make | & $Name @with -ErrorVariable faults -ErrorAction SilentlyContinue)
        Test-Outcome $output $faults $Cmdlet $What
    }

    It 'by position' -Skip:($Cmdlet.Takes -ne 'Named') {
        $with = Get-Argument $Cmdlet (Join-Path $TestDrive "out-$Name")
        $output = @(& $Name (& $Make) @with -ErrorVariable faults -ErrorAction SilentlyContinue)
        Test-Outcome $output $faults $Cmdlet $What
    }
}

Describe 'Tables' {
    BeforeAll {
        $quick = @{ Steps = 1; Model = 'toybox' }
        2, 3 | ForEach-Object { (New-ToyScene -Seed $_ -Width 64 -Height 64).Picture | Export-EditImage -Path (Join-Path $folder "s$_.png") }
        New-EditMask -Box 20, 20, 30, 30 -Width 64 -Height 64 | Export-EditImage -Path (Join-Path $folder 'm.png')
        $jobs = Join-Path $folder 'jobs.csv'
        @'
Path,Instruction,Seed,Mask,Box,Output
s2.png,add a red ball on the left,7,,"4,20,24,24",first.png
s3.png,make it night,8,,,second.jpg
s3.png,replace the ball with a cube,9,m.png,,sub/third.png
'@ | Set-Content $jobs
        Push-Location -LiteralPath $folder
    }

    AfterAll {
        Pop-Location
    }

    It 'edits each row by its own instruction, seed, mask and box, in a batch' {
        $out = Join-Path $TestDrive 'batch'
        $done = @(Import-Csv jobs.csv | Invoke-ImageEdit -Directory $out @quick -ErrorVariable faults -ErrorAction SilentlyContinue | Sort-Object Seed)
        $faults | Should -BeNullOrEmpty
        $done.Seed | Should -Be 7, 8, 9
        $done.EditType | Should -Be 'Addition', 'Global', 'Local'
        $done.Path | Should -Be (Join-Path $out 'first.png'), (Join-Path $out 'second.jpg'), (Join-Path $out 'sub' 'third.png')
        (Import-EditImage (Join-Path $out 'second.jpg')).Picture.Format | Should -Be 'Jpeg'

        # Only where the row's mask is white has anything changed.
        $third = (Import-EditImage (Join-Path $out 'sub/third.png')).Picture
        $third.SameSamples((Import-EditImage s3.png).Picture) | Should -BeFalse
        $third.Crop('0,0,64,18').SameSamples((Import-EditImage s3.png).Picture.Crop('0,0,64,18')) | Should -BeTrue

        (Import-Csv jobs.csv | Invoke-ImageEdit -Directory $out @quick -Resume).Status | Sort-Object -Unique | Should -Be 'Skipped'
    }

    It 'makes a row anew whose cells have changed, and that one alone' {
        $out = Join-Path $TestDrive 'again'
        $rows = @(Import-Csv jobs.csv | Select-Object -First 2)
        $null = $rows | Invoke-ImageEdit -Directory $out @quick
        $rows[0].Seed = 70
        ($rows | Invoke-ImageEdit -Directory $out @quick -Resume | Sort-Object Name).Status | Should -Be 'Done', 'Skipped'
    }

    It 'edits each row by its own without a batch, too, and writes it where the row says' {
        $edits = @(Import-Csv jobs.csv | Invoke-ImageEdit @quick -Force)
        $edits.Plan.Instruction | Should -Be 'add a red ball on the left', 'make it night', 'replace the ball with a cube'
        $edits.Seed | Should -Be 7, 8, 9
        "$($edits[0].Plan.Box)" | Should -Be '4,20,24,24'
        "$($edits[2].Mask.Bounds)" | Should -Be '20,20,30,30'
        'first.png', 'second.jpg', 'sub/third.png' | ForEach-Object { Join-Path $folder $_ | Should -Exist }
        $null = Import-Csv jobs.csv | Invoke-ImageEdit @quick -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.Count | Should -Be 3 -Because 'no file is replaced unasked'
    }

    It 'lets what is typed win over a column' {
        $edits = @(Import-Csv jobs.csv | Select-Object Path, Instruction, Seed | Invoke-ImageEdit 'make it night' -Seed 3 @quick)
        $edits.Plan.Instruction | Sort-Object -Unique | Should -Be 'make it night'
        $edits.Seed | Sort-Object -Unique | Should -Be 3
        (Import-Csv jobs.csv | Get-EditPlan 'make it night').Plan.Instruction | Sort-Object -Unique | Should -Be 'make it night'
    }

    It 'does not carry one row''s cells over to the next' {
        $rows = [pscustomobject] @{ Path = 's2.png'; EditType = 'Global'; Caption = 'a night' }, [pscustomobject] @{ Path = 's3.png'; Instruction = 'add a red ball'; EditType = '' }
        $plans = @($rows | Get-EditPlan -Instruction 'make it night').Plan
        $plans[0].Caption | Should -Be 'a night'
        $plans[1].Caption | Should -Not -Be 'a night'
    }

    It 'names the cell that cannot be read, and goes on' -ForEach @(
        @{ Row = @{ Box = '1,2' }; Says = 'box' }
        @{ Row = @{ Seed = 'seven' }; Says = 'seed' }
        @{ Row = @{ Seed = '-1' }; Says = 'seed' }
        @{ Row = @{ EditType = 'Erase' }; Says = 'type of edit' }
        @{ Row = @{ Mask = 'missing-mask.png' }; Says = 'missing-mask' }
        @{ Row = @{ Path = 'missing.png' }; Says = 'missing\.png' }
        @{ Row = @{ Output = 'a.xyz' }; Says = '\.xyz' }
    ) {
        $bad = [pscustomobject] (@{ Path = 's2.png'; Instruction = 'make it night' } + @{} )
        $Row.Keys | ForEach-Object { $bad | Add-Member -NotePropertyName $_ -NotePropertyValue $Row[$_] -Force }
        foreach ($table in $bad, $Row) {
            if ($table -is [hashtable]) { $table = @{ Path = 's2.png'; Instruction = 'make it night' }; $Row.Keys | ForEach-Object { $table[$_] = $Row[$_] } }
            $edits = @($table, @{ Path = 's3.png'; Instruction = 'make it night' } | Invoke-ImageEdit @quick -ErrorVariable faults -ErrorAction SilentlyContinue)
            $edits.Count | Should -Be 1
            $faults.Count | Should -Be 1
            "$($faults[0])" | Should -Match $Says
        }
    }

    It 'refuses two rows that would write one file' {
        $out = Join-Path $TestDrive 'twice'
        $rows = 'make it night', 'make it day' | ForEach-Object { [pscustomobject] @{ Path = 's2.png'; Instruction = $_ } }
        $done = @($rows | Invoke-ImageEdit -Directory $out @quick -ErrorVariable faults -ErrorAction SilentlyContinue)
        $done.Count | Should -Be 1
        "$faults" | Should -Match 'is given twice'
    }

    It 'finds names with brackets in them, and paths from the current location' {
        Copy-Item -LiteralPath s2.png -Destination ([System.IO.Path]::Combine($folder, 'b[1].png'))
        ([pscustomobject] @{ Path = 'b[1].png' } | Import-EditImage).Name | Should -Be 'b[1].png'
    }

    It 'does not take the properties of files and edits for cells' -Skip:$IsWindows {
        # A link to a picture has a Target, too.
        $link = Join-Path $folder 'link.png'
        $null = New-Item -ItemType SymbolicLink -Path $link -Target (Join-Path $folder 's2.png')
        (Get-Item -LiteralPath $link | Get-EditPlan 'remove the ball').Plan.Target | Should -Be 'ball'
        $first = Invoke-Inpaint s2.png -Mask m.png -Caption 'a ball' -Seed 5 @quick
        ($first | Invoke-Inpaint -Force -Caption 'a ball' @quick).Seed | Should -Not -Be 5
    }

    It 'gives a scene''s words to what plans, and its truth to single stages' {
        $told = New-ToyScene -Seed 4 -Width 64 -Height 64 -EditType Remove
        $plan = ($told | Get-EditPlan).Plan
        $plan.Instruction | Should -Be $told.Instruction
        ($told | Invoke-Inpaint @quick -Seed 1).Mask.SameAs($told.Mask) | Should -BeTrue
        (, $told | ForEach-Object { $_ | Get-EditPlan 'make it night' }).Plan.Instruction | Should -Be 'make it night'
    }
}

Describe 'Export-EditImage' {
    It 'names several contents apart without being told' {
        $out = Join-Path $TestDrive 'apart'
        $edit = Invoke-Inpaint $photo -Mask $maskFile -Caption 'a ball' -Steps 1 -Seed 1 -Model toybox -Samples 2
        ($edit | Export-EditImage -Directory $out -Content Picture, Mask, Result -Name x).Name | Should -Be 'x-picture.png', 'x-mask.png', 'x.png'
        ($edit | Export-EditImage -Directory $out -Content Picture, Mask, Result, Overlay, Comparison -Name y -All).Name | Sort-Object -Unique | Should -HaveCount 6
        ($edit | Export-EditImage -Path (Join-Path $out 'z.jpg') -Content Result, Picture, Mask).Name | Should -Be 'z.jpg', 'z-picture.jpg', 'z-mask.png'
        ($edit | Export-EditImage -Directory $out -Content Picture, Mask, Result -Name '{content}-of-{name}').Name | Should -Be 'picture-of-photo.png', 'mask-of-photo.png', 'result-of-photo.png'
        ($edit | Export-EditImage -Directory (Join-Path $out 'own') -Content Picture, Result).Name | Should -Be 'photo-picture.png', 'photo.png'
    }

    It 'writes a bare picture, a mask, and a row with a mask' {
        $out = Join-Path $TestDrive 'bare'
        ($scene.Picture | Export-EditImage -Directory $out -Name p).Name | Should -Be 'p.png'
        ($scene.Mask | Export-EditImage -Directory $out -Name m).Name | Should -Be 'm.png'
        (Export-EditImage -Mask $scene.Mask -Path (Join-Path $out 'n.png')).Name | Should -Be 'n.png'
        ([pscustomobject] @{ Path = $photo; Mask = $maskFile; Output = 'q.png' } | Export-EditImage -Directory $out -Content Mask).FullName | Should -Be (Join-Path $out 'q.png')
        (New-EditMask (Join-Path $out 'q.png')).Bounds | Should -Be (New-EditMask $maskFile).Bounds
    }
}

Describe '-WhatIf of <Name>' -ForEach @($taking | Where-Object { $_.ContainsKey('Writes') }) {
    It 'writes nothing' {
        $out = Join-Path $TestDrive "whatif-$Name"
        $edit = Invoke-Inpaint $photo -Mask $maskFile -Caption 'a ball' -Steps 1 -Seed 1 -Model toybox | Get-EditPlan 'make it night'
        foreach ($parameter in $Writes) {
            $with = Get-Argument $_ $out
            'Path', 'Directory', 'Output', 'MaskFolder' | ForEach-Object { $with.Remove($_) }
            $with[$parameter] = if ($parameter -in 'Path', 'Output') { Join-Path $out 'x.png' } else { $out }
            $null = $edit | & $Name @with -WhatIf -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
            $null = Import-EditImage $photo | & $Name @with -WhatIf -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
            $out | Should -Not -Exist -Because "$Name -$parameter -WhatIf writes nothing"
        }
    }
}

Describe 'Seeds' {
    It 'end where they end' {
        { Invoke-Inpaint $photo -Mask $maskFile -Caption 'a ball' -Seed 9223372036854775807 -Samples 2 -Steps 1 -Model toybox } | Should -Throw '*Seed*'
        { New-ToyScene -Seed 9223372036854775807 -Count 2 } | Should -Throw '*last seed*'
        (Invoke-Inpaint $photo -Mask $maskFile -Caption 'a ball' -Seed 9223372036854775807 -Steps 1 -Model toybox).Seed | Should -Be 9223372036854775807
    }
}

Describe 'What a terminal is shown' -Skip:$IsWindows {
    BeforeAll {
        # A file's name that sets the window's title, and one that turns letters round.
        $evil = "a`e]0;owned`a$([char] 0x202E)b$([char] 0x9B)31m.png"
        $file = [System.IO.Path]::Combine($folder, $evil)
        [System.IO.File]::Copy($photo, $file)
        $broken = [System.IO.Path]::Combine($folder, "broken$evil")
        [System.IO.File]::WriteAllText($broken, 'no picture')
        $control = '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]'
    }

    AfterAll {
        [System.IO.File]::Delete($file)
        [System.IO.File]::Delete($broken)
    }

    It 'has no control characters: <What>' -ForEach @(
        @{ What = 'tables'; Code = { Import-EditImage -LiteralPath $file | Out-String -Width 300 } }
        @{ What = 'lists'; Code = { Import-EditImage -LiteralPath $file | Format-List | Out-String -Width 300 } }
        @{ What = 'lists of pictures'; Code = { (Import-EditImage -LiteralPath $file).Picture | Format-List | Out-String -Width 300 } }
        @{ What = 'plans'; Code = { (Get-EditPlan $photo 'make it night' -Caption "x`e[31my").Plan | Format-List | Out-String -Width 300 } }
        @{ What = 'all that a plan holds'; Code = { $plan = (Get-EditPlan $photo 'make it night' -Caption "x`e[31my").Plan; $plan.Caption; $plan | Format-List * | Out-String -Width 300 } }
        @{ What = 'names and stored texts'; Code = { $edit = Import-EditImage -LiteralPath $file; $edit.Name; $edit.Parameters.Values; $edit.Plan } }
        @{ What = 'errors'; Code = { Import-EditImage -LiteralPath $broken -ErrorVariable faults -ErrorAction SilentlyContinue; "$($faults[0])"; $faults[0].Exception.Message; "$($faults[0].TargetObject)"; "$($faults[0].CategoryInfo)" } }
        @{ What = 'errors of what is missing'; Code = { Import-EditImage -LiteralPath "no$evil" -ErrorVariable faults -ErrorAction SilentlyContinue; "$($faults[0])"; $faults[0].Exception.Message } }
        @{ What = 'errors of arguments'; Code = { try { New-EditMask -Box "1`e[2J" -Width 9 -Height 9 } catch { "$_" } } }
        @{ What = 'errors of cells'; Code = { @{ Path = $photo; Seed = "1`e[2J" } | Invoke-Inpaint -ErrorVariable faults -ErrorAction SilentlyContinue; "$($faults[0])" } }
        @{ What = 'warnings'; Code = { Find-Object -LiteralPath $file -Text 'red ball' -Threshold 1 -WarningVariable said -WarningAction SilentlyContinue | Out-Null; $said } }
        @{ What = 'verbose lines'; Code = { Get-EditPlan -LiteralPath $file -Instruction 'make it night' -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | ForEach-Object Message } }
        @{ What = 'Show-EditImage'; Code = { Show-EditImage -LiteralPath $file 6>&1 | ForEach-Object { "$_" } } }
    ) {
        $text = @(& $Code) -join "`n"
        $text | Should -Not -BeNullOrEmpty
        $text | Should -Not -Match $control
    }

    It 'has no control characters in progress' {
        $run = Invoke-Watched "Invoke-Inpaint -LiteralPath '$file' -Mask '$maskFile' -Caption x -Steps 1 -Seed 1 -Model toybox"
        $run.Progress.Count | Should -BeGreaterThan 0
        $run.Progress | ForEach-Object { "$($_.Activity) $($_.StatusDescription) $($_.CurrentOperation)" } | Should -Not -Match $control
    }

    It 'echoes no more than a line of what it quotes' {
        $said = try { New-EditMask -Box ('9' * 5000) -Width 9 -Height 9 } catch { "$_" }
        $said.Length | Should -BeLessThan 600
        $null = Import-EditImage ('x' * 5000) -ErrorVariable faults -ErrorAction SilentlyContinue
        "$($faults[0])".Length | Should -BeLessThan 600
        $null = Get-EditPlan $photo "make`n`nit $('word ' * 2000)" -ErrorVariable faults -ErrorAction SilentlyContinue -WarningVariable said -WarningAction SilentlyContinue
        @($faults) + @($said) | ForEach-Object { "$_".Length | Should -BeLessThan 1100; "$_" | Should -Not -Match '\n' }
    }
}

Describe 'Views' {
    It 'show the size of an edit that came through a job' {
        Import-EditImage $photo | Export-Clixml (Join-Path $TestDrive 'edit.clixml')
        Import-Clixml (Join-Path $TestDrive 'edit.clixml') | Out-String | Should -Match 'photo\.png\s+64 x 64'
    }

    It 'have no blank properties for <_>' -ForEach 'Picture', 'Mask', 'Truth' {
        $scene.$_ | Format-List | Out-String | Should -Match 'Size\s*: 64 x 64'
        foreach ($name in 'Rgb', 'Values', 'Samples8') {
            if ($scene.$_.PSObject.Properties[$name]) {
                $scene.$_ | Format-List -Property $name | Out-String | Should -Match "$name\s*: \d+ bytes"
            }
        }
    }
}

Describe 'Get-Help' {
    It 'finds <_>' -ForEach 'about_BrushEdit', 'about_EditEngines', 'about_EditMasks', 'about_EditMeasures', 'about_EditModels', 'about_EditPipelines' {
        (Get-Help $_ | Out-String).Length | Should -BeGreaterThan 500
    }
}
