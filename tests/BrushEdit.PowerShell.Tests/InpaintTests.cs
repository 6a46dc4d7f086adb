using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary><c>Invoke-Inpaint</c> as a user drives it, with a tiny bundle of random weights: what it fills is noise, but everything around is real.</summary>
[Collection("Inpaint")]
public sealed class InpaintTests(BundleSession bundle) : IClassFixture<BundleSession>
{
    private readonly ModuleSession session = bundle.Session;
    private readonly string folder = Directory.CreateDirectory(Path.Combine(bundle.Session.Folder, Guid.NewGuid().ToString("N"))).FullName;

    private ScriptResult Run(string script) => session.Run(
        "$PSDefaultParameterValues = @{ 'Invoke-Inpaint:Model' = 'tiny'; 'Invoke-Inpaint:Steps' = 2; 'Invoke-Inpaint:Device' = 'cpu' }; " + script, ("folder", folder));

    private void Files(params string[] names)
    {
        foreach (string name in names)
        {
            Run($"New-ToyScene -Seed 3 -Width 80 -Height 64 | Export-EditImage -Path \"$folder/{name}\"").ThrowOnError();
        }

        Run("New-EditMask -Ellipse 20,16,30,30 -Width 80 -Height 64 | Export-EditImage -Path $folder/mask.png -Force").ThrowOnError();
    }

    [Fact]
    public void A_file_a_mask_and_a_caption_give_a_file_that_tells_how_it_was_made()
    {
        Files("photo.png");
        ScriptResult made = Run("Invoke-Inpaint -Path $folder/photo.png -Mask $folder/mask.png -Caption 'a red ball' -Verbose | Export-EditImage -Directory $folder/out");
        FileInfo file = (FileInfo)made.Single().BaseObject;
        Assert.Equal(Path.Combine(folder, "out", "photo.png"), file.FullName);

        PSObject read = Run("$after = Import-EditImage $folder/out/photo.png; $before = Import-EditImage $folder/photo.png; $after").Single();
        IReadOnlyDictionary<string, string> parameters = (IReadOnlyDictionary<string, string>)read.Properties["Parameters"].Value;
        Assert.Equal(("a red ball", "2", "UniPC", "Inpaint: tiny"), (parameters["caption"], parameters["steps"], parameters["sampler"], parameters["models"]));
        Assert.Contains(made.Verbose, line => line.Contains($"seed {parameters["seed"]}", StringComparison.Ordinal));

        byte[] before = (byte[])Run("$before.Picture.ToRgb()").Output.Select(b => (byte)b.BaseObject).ToArray();
        byte[] after = Run("$after.Picture.ToRgb()").Output.Select(b => (byte)b.BaseObject).ToArray();
        float[] mask = Run("(New-EditMask -Path $folder/mask.png).ToFloats()").Output.Select(v => (float)v.BaseObject).ToArray();
        Assert.Equal(before.Length, after.Length);
        int changed = 0;
        for (int i = 0; i < after.Length; i++)
        {
            Assert.True(mask[i / 3] > 0 || before[i] == after[i], $"Byte {i} lies outside the mask and has changed.");
            changed += before[i] == after[i] ? 0 : 1;
        }

        Assert.True(changed > 500, $"{changed} bytes have changed.");

        // The file's own parameters make the same picture again.
        Assert.True((bool)Run($"(Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption 'a red ball' -Seed {parameters["seed"]}).Result.SameSamples($after.Picture)").Single().BaseObject);
        Assert.False((bool)Run("(Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption 'a red ball' -Seed 77).Result.SameSamples($after.Picture)").Single().BaseObject);
    }

    [Fact]
    public void A_scene_brings_picture_mask_and_caption_by_their_names()
    {
        PSObject edit = Run("$scene = New-ToyScene -Seed 4 -Width 64 -Height 64; $scene | Invoke-Inpaint -Seed 5").Single();
        Assert.Equal(5L, edit.Properties["Seed"].Value);
        Assert.True((bool)session.Run("$edit.Mask.SameAs($scene.Mask) -and $edit.Settings.Caption -eq $scene.Caption", ("edit", edit)).Single().BaseObject);
    }

    [Fact]
    public void A_table_of_jobs_is_done_row_by_row()
    {
        Files("a.png", "b.png");
        ScriptResult result = Run("""
            [pscustomobject] @{ Path = "$folder/a.png"; Mask = "$folder/mask.png"; Caption = 'one' },
            [pscustomobject] @{ Path = "$folder/gone.png"; Mask = "$folder/mask.png"; Caption = 'two' },
            [pscustomobject] @{ Path = "$folder/b.png"; Mask = "$folder/mask.png"; Caption = 'three' } | Invoke-Inpaint
            """);
        Assert.Equal(["one", "three"], result.Output.Select(e => (string)PSObject.AsPSObject(e.Properties["Settings"].Value).Properties["Caption"].Value));
        Assert.StartsWith("NotFound", result.SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_goes_on_after_a_bad_file_with_wildcards_and_a_folder_of_masks()
    {
        Files("p1.png", "p3.png", "p[4].png");
        File.WriteAllText(Path.Combine(folder, "p2.png"), "no picture");
        Run("$null = foreach ($n in 'p1', 'p3', 'p[4]') { New-EditMask -Path $folder/mask.png | Export-EditImage -Directory $folder/masks -Name $n }").ThrowOnError();
        ScriptResult result = Run("Invoke-Inpaint $folder/p?.png -Mask $folder/masks -Caption x; Invoke-Inpaint -LiteralPath \"$folder/p[4].png\" -Mask $folder/masks -Caption x");
        Assert.Equal(["p1.png", "p3.png", "p[4].png"], result.Output.Select(e => (string)e.Properties["Name"].Value));
        Assert.StartsWith("BadPicture", result.SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_that_is_filled_is_passed_on_unless_forced()
    {
        PSObject[] edits = [.. Run("$first = New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -Seed 1; $first; $first | Invoke-Inpaint -Caption x -Seed 2; $first | Invoke-Inpaint -Caption x -Seed 2 -Force").ThrowOnError().Output];
        Assert.Equal([1L, 1L, 2L], edits.Select(e => (long)e.Properties["Seed"].Value));
        Assert.Contains(Run("$first | Invoke-Inpaint -Verbose").Verbose, line => line.Contains("-Force", StringComparison.Ordinal));
    }

    [Fact]
    public void Samples_have_seeds_and_files_of_their_own()
    {
        ScriptResult result = Run("New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -Seed 40 -Samples 2 | Export-EditImage -Directory $folder -Name s -All");
        Assert.Equal(["s-40.png", "s-41.png"], result.ThrowOnError().Output.Select(f => ((FileInfo)f.BaseObject).Name));
        Assert.Equal("41", Run("(Import-EditImage $folder/s-41.png).Parameters['seed']").Single().BaseObject);
    }

    [Theory]
    [InlineData("Invoke-Inpaint $folder/photo.png -Caption x", "MissingStage", "-Mask")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png", "MissingStage", "-Caption")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/none.png -Caption x", "NotFound", "")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/small.png -Caption x", "BadMask", "-Fit")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask 7 -Caption x", "BadArgument", "New-EditMask")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Sampler Nonsense", "BadArgument", "UniPC")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -ConditioningStart 0.8 -ConditioningEnd 0.2", "BadArgument", "")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -PreviewEvery 2", "BadArgument", "-PreviewPath")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Model no-such-model", "ModelNotFound", "BRUSHEDIT_MODELS")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -BrushNet $folder", "BadModel", "")]
    [InlineData("Invoke-Inpaint $folder/photo.png -Mask $folder/mask.png -Caption x -Device cuda:99", "NoDevice", "cpu")]
    public void Faults_say_what_is_missing_and_what_gives_it(string script, string id, string remedy)
    {
        Files("photo.png");
        Run("New-EditMask -Box 1,1,2,2 -Width 8 -Height 8 | Export-EditImage -Path $folder/small.png").ThrowOnError();
        ErrorRecord error = Run(script).SingleError();
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(remedy, error.ErrorDetails?.RecommendedAction ?? string.Empty, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_model_ends_the_batch_at_once()
    {
        Files("a.png", "b.png");
        ScriptResult result = Run("Invoke-Inpaint $folder/a.png, $folder/b.png -Mask $folder/mask.png -Caption x -Model no-such-model");
        Assert.Empty(result.Output);
        Assert.StartsWith("ModelNotFound", result.SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_of_another_size_is_fitted_on_request()
    {
        Files("photo.png");
        Run("New-EditMask -Box 2,2,4,4 -Width 8 -Height 8 | Export-EditImage -Path $folder/small.png").ThrowOnError();
        Assert.Equal("20,16,40,32", Run("(Invoke-Inpaint $folder/photo.png -Mask $folder/small.png -Fit -Caption x).Mask.Bounds.ToString()").Single().BaseObject);
    }

    [Fact]
    public void A_caption_that_is_too_long_is_warned_of_and_the_warning_stays()
    {
        ScriptResult result = Run("New-ToyScene -Seed 4 -Width 64 -Height 64 | ForEach-Object { $_.Picture } | Invoke-Inpaint -Mask (New-EditMask -Box 9,9,20,20 -Width 64 -Height 64) -Caption ('xyzzy ' * 90)");
        Assert.NotEmpty(result.Warnings);
        Assert.NotEmpty((IEnumerable<string>)result.Single().Properties["Warnings"].Value);
    }

    [Fact]
    public void Progress_tells_stage_and_step_and_is_taken_off()
    {
        IReadOnlyList<ProgressRecord> progress = Run("New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -Steps 3").ThrowOnError().Progress;

        // Reports that come faster than they are shown replace one another, so that only the kind is certain.
        Assert.Contains(progress, record => record.ParentActivityId == 1 && record.StatusDescription.EndsWith(" of 3", StringComparison.Ordinal));
        Assert.Contains(progress, record => record is { ActivityId: 1, Activity: "Inpainting 64 x 64" });
        Assert.All(progress.GroupBy(record => record.ActivityId), activity => Assert.Equal(ProgressRecordType.Completed, activity.Last().RecordType));
    }

    [Fact]
    public void Previews_go_into_their_file()
    {
        Run("$null = New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -PreviewPath $folder/look.png -PreviewEvery 1").ThrowOnError();
        Assert.Equal(64, Run("(Import-EditImage $folder/look.png).Picture.Width").Single().BaseObject);
        ScriptResult bad = Run("New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -PreviewPath $folder/none/look.png -PreviewEvery 1");
        bad.Single();
        Assert.Single(bad.Warnings);
    }

    [Fact]
    public void Models_are_listed_held_and_freed()
    {
        Run("Clear-EditModel; $null = New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint").ThrowOnError();
        Assert.Equal(["text_encoder", "unet + brushnet", "vae"], Run("Get-EditModel -Loaded").ThrowOnError().Output.Select(m => (string)m.Properties["Part"].Value).Order(StringComparer.Ordinal));
        Assert.Empty(Run("Clear-EditModel -WhatIf -PassThru").ThrowOnError().Output);
        Assert.Single(Run("Get-EditModel -Loaded | Where-Object Part -EQ vae | ForEach-Object { $_.Memory -gt 1MB }").ThrowOnError().Output);
        Assert.Empty(Run("Clear-EditModel other* -PassThru").ThrowOnError().Output);
        Assert.Contains("'other'", Run("Clear-EditModel other 3>&1").ThrowOnError().Output.Single().ToString());
        Assert.Equal(3, Run("Clear-EditModel tiny -PassThru").ThrowOnError().Output.Count);
        Assert.Empty(Run("Get-EditModel -Loaded").ThrowOnError().Output);
        Run("$null = New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -LowMemory").ThrowOnError();
        Assert.Empty(Run("Get-EditModel -Loaded").ThrowOnError().Output);
    }

    [Fact]
    public void Found_models_have_a_size_and_a_memory_need()
    {
        PSObject model = Run("Get-EditModel tiny").Single();
        Assert.Equal("StableDiffusion", model.Properties["Kind"].Value.ToString());
        Assert.Equal(4 * (long)model.Properties["Parameters"].Value, (long)model.Properties["Memory"].Value);
        Assert.True((long)model.Properties["Size"].Value > 1_000_000);
        Assert.Equal("tiny/brushnet", Run("Get-EditModel tiny* -Kind BrushNet").Single().Properties["Name"].Value);
        ErrorRecord error = Run("Get-EditModel nothing-of-the-kind").SingleError();
        Assert.StartsWith("NotFound", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_models_are_told_with_verbose()
    {
        string broken = Path.Combine(Path.GetDirectoryName(bundle.Bundle)!, "old.ckpt");
        File.WriteAllText(broken, "pickle");
        try
        {
            Assert.Contains(Run("Get-EditModel -Verbose").ThrowOnError().Verbose, line => line.Contains("old.ckpt", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(broken);
        }
    }

    [Theory]
    [InlineData("Invoke-Inpaint -Sampler Eu", "Euler")]
    [InlineData("Invoke-Inpaint -Sampler DPM", "'DPM++2M'")]
    [InlineData("Invoke-Inpaint -Device c", "cpu")]
    [InlineData("Invoke-Inpaint -Precision h", "half")]
    [InlineData("Invoke-Inpaint -Model ti", "tiny")]
    [InlineData("Invoke-Inpaint -BrushNet ti", "tiny/brushnet")]
    [InlineData("Get-EditModel ti", "tiny")]
    [InlineData("New-ToyScene -Light d", "day")]
    [InlineData("Export-EditImage -Content Over", "Overlay")]
    public void Arguments_are_completed(string typed, string completion)
    {
        PSObject result = Run($"[System.Management.Automation.CommandCompletion]::CompleteInput('{typed}', {typed.Length}, $null)").Single();
        Assert.Contains(((CommandCompletion)result.BaseObject).CompletionMatches, match => match.CompletionText == completion);
    }

    [Fact]
    public void Stopping_ends_within_a_step_and_leaves_no_file()
    {
        Run("$null = New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint").ThrowOnError();
        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        shell.AddScript($"New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint -Model tiny -Steps 500 -Samples 64 -Device cpu | Export-EditImage -Directory '{folder}' -Name stopped");
        using ManualResetEventSlim running = new();
        shell.Streams.Progress.DataAdded += (_, e) =>
        {
            if (shell.Streams.Progress[e.Index].Activity == "Denoising")
            {
                running.Set();
            }
        };
        IAsyncResult run = shell.BeginInvoke();

        // The streams themselves must not be enumerated here: that waits for their end.
        WaitHandle.WaitAny([running.WaitHandle, run.AsyncWaitHandle], TimeSpan.FromMinutes(2));
        Assert.True(running.IsSet, "The edit has not begun.");
        shell.Stop();
        Assert.ThrowsAny<Exception>(() => shell.EndInvoke(run));
        Assert.Empty(Directory.GetFileSystemEntries(folder));

        // And the session goes on.
        Run("$null = New-ToyScene -Seed 4 -Width 64 -Height 64 | Invoke-Inpaint").ThrowOnError();
    }

    [Fact]
    public void WhatIf_checks_the_inputs_and_loads_neither_libtorch_nor_weights()
    {
        Files("photo.png");
        ShellResult result = Shell.Run("-Command", $$"""
            Invoke-Inpaint '{{folder}}/photo.png' -Mask '{{folder}}/mask.png' -Caption x -Model '{{bundle.Bundle}}' -WhatIf | Export-EditImage -Directory '{{folder}}/out'
            @(Get-EditModel -Loaded).Count
            if (Test-Path /proc/self/maps) { [System.IO.File]::ReadAllText('/proc/self/maps').Contains('libtorch') } else { $false }
            """);
        Assert.Equal((0, string.Empty), (result.Code, result.Errors));
        Assert.Equal(["0", "False"], result.Lines[^2..]);
        Assert.False(Directory.Exists(Path.Combine(folder, "out")));
        Assert.StartsWith("MissingStage", Run("Invoke-Inpaint $folder/photo.png -Caption x -WhatIf").SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Fifty_edits_leave_no_tensor_behind()
    {
        const string count = BundleSession.Torch + ".GetType('TorchSharp.torch+Tensor').GetProperty('TotalCount').GetValue($null)";
        Run("$null = New-ToyScene -Seed 1 -Count 3 -Width 64 -Height 64 | Invoke-Inpaint").ThrowOnError();

        // What other tests have left to the finalizer goes first; what these edits leave to it must show.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Convert.ToInt64(Run(count).Single().BaseObject);
        Run("$null = New-ToyScene -Seed 1 -Count 50 -Width 64 -Height 64 | Invoke-Inpaint -Steps 1").ThrowOnError();
        Assert.InRange(Convert.ToInt64(Run(count).Single().BaseObject), 0, before);
    }

    [Fact]
    public void The_first_example_writes_what_its_check_wants_and_the_check_sees_what_is_wrong()
    {
        string example = Path.Combine(Checkout.Root, "examples", "first-edit.ps1");
        string check = Path.Combine(Checkout.Root, ".ci", "check-first-edit.ps1");
        ShellResult made = Shell.Run(example, "-OutputFolder", folder, "-Model", bundle.Bundle, "-Steps:2");
        Assert.Equal(0, made.Code);

        // Random weights seldom pass the verification, which is told, and is no error.
        Assert.All(made.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("WARNING: scene.png: The result did not pass", line, StringComparison.Ordinal));
        ShellResult good = Shell.Run(check, "-Folder", folder);
        Assert.Equal((0, string.Empty), (good.Code, good.Errors));

        Run("Import-EditImage $folder/addition.png | Export-EditImage -Path $folder/removal.png -Content Picture -Force").ThrowOnError();
        ShellResult bad = Shell.Run(check, "-Folder", folder);
        Assert.Equal(1, bad.Code);
        Assert.Contains(bad.Lines, line => line.StartsWith("NOT SO: removal.png equals the scene outside the mask", StringComparison.Ordinal));
    }
}
