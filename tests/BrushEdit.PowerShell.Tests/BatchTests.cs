using System.Diagnostics;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary><c>Invoke-ImageEdit -Directory</c>, with a tiny bundle: an addition needs neither detector nor segmenter.</summary>
[Collection("Inpaint")]
public sealed class BatchTests(BundleSession bundle) : IClassFixture<BundleSession>
{
    private const string Defaults =
        "$PSDefaultParameterValues = @{ 'Invoke-ImageEdit:Model' = 'tiny'; 'Invoke-ImageEdit:Steps' = 2; 'Invoke-ImageEdit:Device' = 'cpu' }; ";

    private const string Edit = "Invoke-ImageEdit $folder/in/*.png 'add a red ball on the left'";

    private readonly ModuleSession session = bundle.Session;
    private readonly string folder = Directory.CreateDirectory(Path.Combine(bundle.Session.Folder, Guid.NewGuid().ToString("N"))).FullName;

    private string Out => Path.Combine(folder, "out");

    private ScriptResult Run(string script) => session.Run(Defaults + script, ("folder", folder));

    private void Files(params string[] names)
    {
        foreach ((string name, int i) in names.Select((name, i) => (name, i)))
        {
            Run($"New-ToyScene -Seed {i + 3} -Width 72 -Height 64 | ForEach-Object {{ $_.Picture }} | Export-EditImage -Path \"$folder/in/{name}\"").ThrowOnError();
        }
    }

    private static IReadOnlyDictionary<string, byte[]> Pictures(string place) =>
        Directory.GetFiles(place).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    private static void AssertSame(IReadOnlyDictionary<string, byte[]> expected, IReadOnlyDictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, pair => Assert.True(pair.Value.AsSpan().SequenceEqual(actual[pair.Key]), $"{pair.Key} differs."));
    }

    private static string Status(PSObject file) => file.Properties["Status"].Value.ToString()!;

    [Fact]
    public void A_folder_is_edited_past_bad_files_and_each_result_is_what_its_file_gives_alone()
    {
        Files("a.png", "c.png");
        File.WriteAllText(Path.Combine(folder, "in", "b.png"), "no picture");
        File.WriteAllBytes(Path.Combine(folder, "in", "d.png"), []);
        File.WriteAllBytes(Path.Combine(folder, "in", "e.png"), File.ReadAllBytes(Path.Combine(folder, "in", "a.png"))[..^20]);

        ScriptResult result = Run($"{Edit} -Directory $folder/out -Content Result, Mask");

        Assert.Equal(["a.png", "c.png"], result.Output.Select(file => (string)file.Properties["Name"].Value).Order());
        Assert.Equal(["b.png", "d.png", "e.png"], result.Errors.Select(error => Path.GetFileName((string)error.TargetObject)).Order());
        Assert.All(result.Errors, error => Assert.StartsWith("BadPicture", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(["a-mask.png", "a.png", "c-mask.png", "c.png"], Pictures(Out).Keys.Order());

        Run($"$null = Invoke-ImageEdit $folder/in/a.png 'add a red ball on the left' -Seed {result.Output.Single(o => (string)o.Properties["Name"].Value == "a.png").Properties["Seed"].Value} | Export-EditImage -Path $folder/alone.png").ThrowOnError();
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "alone.png")), File.ReadAllBytes(Path.Combine(Out, "a.png")));
    }

    [Fact]
    public void Resuming_skips_what_is_done_and_makes_anew_what_changed()
    {
        Files("a.png", "b.png", "c.png");
        Run($"{Edit} -Directory $folder/out").ThrowOnError();
        ScriptResult again = Run($"{Edit} -Directory $folder/out -Resume -Throttle 3").ThrowOnError();
        Assert.Equal(["Skipped", "Skipped", "Skipped"], again.Output.Select(Status));
        Assert.Equal(Path.Combine(Out, "a.png"), again.Output[0].Properties["Path"].Value);

        File.Delete(Path.Combine(Out, "a.png"));
        File.Copy(Path.Combine(folder, "in", "a.png"), Path.Combine(folder, "in", "b.png"), overwrite: true);
        ScriptResult mended = Run($"{Edit} -Directory $folder/out -Resume").ThrowOnError();
        Assert.Equal(["a.png Done", "b.png Done", "c.png Skipped"], mended.Output.Select(file => $"{file.Properties["Name"].Value} {Status(file)}").Order());

        Assert.All(Run($"{Edit} -Directory $folder/out -Resume -Seed 4").ThrowOnError().Output, file => Assert.Equal("Done", Status(file)));
        Assert.Equal("4", Run("(Import-EditImage $folder/out/c.png).Parameters['seed']").Single().BaseObject);
    }

    [Fact]
    public void A_file_that_is_not_the_batchs_own_is_not_replaced()
    {
        Files("a.png", "b.png");
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "a.png"), "precious");
        foreach (string mode in (string[])["", "-Resume"])
        {
            ScriptResult result = Run($"{Edit} -Directory $folder/out {mode} -ErrorVariable none");
            Assert.StartsWith("CannotWrite", result.Errors[0].FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Contains("-Force", result.Errors[0].ErrorDetails.RecommendedAction, StringComparison.Ordinal);
            Assert.Equal("precious", File.ReadAllText(Path.Combine(Out, "a.png")));
            File.Delete(Path.Combine(Out, "b.png"));
        }

        Assert.Equal(2, Run($"{Edit} -Directory $folder/out -Force").ThrowOnError().Output.Count);
    }

    [Theory]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'add a ball' -Resume", "BadArgument", "-Directory")]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/out -Shard 3/2", "BadArgument", "2/8")]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/in", "CannotWrite", "-Directory")]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/in/a.png", "CannotWrite", "-Directory")]
    [InlineData("Invoke-ImageEdit $folder/in/gone.png 'add a ball' -Directory $folder/out", "NotFound", "")]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'frobnicate' -Directory $folder/out", "BadArgument", "")]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/out -Model no-such-model", "ModelNotFound", "BRUSHEDIT_MODELS")]
    [InlineData("Invoke-ImageEdit $folder/in/a.png 'add a ball' -Directory $folder/out -Device cuda:99", "NoDevice", "cpu")]
    [InlineData("New-ToyScene -Seed 1 | ForEach-Object { $_.Picture } | Invoke-ImageEdit 'add a ball' -Directory $folder/out", "BadArgument", "Export-EditImage")]
    public void Faults_say_what_is_wrong_and_what_to_do(string script, string id, string remedy)
    {
        Files("a.png");
        ErrorRecord error = Run(script).SingleError();
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(remedy, error.ErrorDetails?.RecommendedAction ?? string.Empty, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_inputs_with_one_name_do_not_overwrite_each_other()
    {
        Files("a.png");
        Directory.CreateDirectory(Path.Combine(folder, "other"));
        File.Copy(Path.Combine(folder, "in", "a.png"), Path.Combine(folder, "other", "a.png"));
        ScriptResult result = Run("Invoke-ImageEdit $folder/in/a.png, $folder/other/a.png 'add a ball' -Directory $folder/out");
        Assert.Single(result.Output);
        Assert.Contains(Path.Combine(folder, "in", "a.png"), result.SingleError().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_share_a_folder_and_together_do_everything_once()
    {
        Files("a.png", "b.png", "c.png", "d.png", "e.png");
        List<PSObject> done = [];
        for (int part = 1; part <= 3; part++)
        {
            done.AddRange(Run($"{Edit} -Directory $folder/out -Shard {part}/3").ThrowOnError().Output);
        }

        Assert.Equal(["a.png", "b.png", "c.png", "d.png", "e.png"], done.Select(file => (string)file.Properties["Name"].Value).Order());
        Assert.All(Run($"{Edit} -Directory $folder/out -Resume").ThrowOnError().Output, file => Assert.Equal("Skipped", Status(file)));
    }

    [Fact]
    public void WhatIf_tells_what_would_be_done_and_makes_no_folder()
    {
        Files("a.png");
        Assert.Empty(Run($"{Edit} -Directory $folder/out -Resume -WhatIf").ThrowOnError().Output);
        Assert.Empty(Run($"$WhatIfPreference = $true; {Edit} -Directory $folder/out -Resume; $WhatIfPreference = $false").ThrowOnError().Output);
        Assert.False(Directory.Exists(Out));
    }

    [Theory]
    [InlineData("")]
    [InlineData(", 'make it night'")]
    public void Pictures_that_share_passes_come_out_as_alone_but_for_rounding(string second)
    {
        Files("a.png", "b.png", "c.png", "d.png", "e.png");
        Run($"{Edit}{second} -Directory $folder/out").ThrowOnError();
        ScriptResult shared = Run($"{Edit}{second} -Directory $folder/shared -BatchSize 3").ThrowOnError();
        Assert.Equal(5, shared.Output.Count);
        foreach (string name in Pictures(Out).Keys)
        {
            byte[] alone = Rgb($"out/{name}");
            byte[] together = Rgb($"shared/{name}");
            Assert.Equal(alone.Length, together.Length);
            Assert.All(alone.Zip(together), pair => Assert.InRange(pair.First - pair.Second, -2, 2));
        }
    }

    [Fact]
    public void A_table_gives_each_file_its_own_instruction()
    {
        Files("a.png", "b.png");
        Run("""
            [pscustomobject] @{ LiteralPath = "$folder/in/a.png"; Instruction = 'add a red ball' },
            [pscustomobject] @{ LiteralPath = "$folder/in/b.png"; Instruction = 'add a blue cube' } | Invoke-ImageEdit -Directory $folder/out
            """).ThrowOnError();
        Assert.Contains("blue cube", (string)Run("(Import-EditImage $folder/out/b.png).Parameters['caption']").Single().BaseObject, StringComparison.Ordinal);
    }

    [Fact]
    public void Edits_with_masks_of_their_own_are_done_and_another_mask_is_another_job()
    {
        Files("a.png");
        const string chain = "Import-EditImage $folder/in/a.png | New-EditMask -Box {0},8,20,20 | Invoke-ImageEdit 'replace the pond with a lake' -Directory $folder/out -Resume";
        Assert.Equal("Done", Status(Run(chain.Replace("{0}", "8", StringComparison.Ordinal)).Single()));
        Assert.Equal("Skipped", Status(Run(chain.Replace("{0}", "8", StringComparison.Ordinal)).Single()));
        Assert.Equal("Done", Status(Run(chain.Replace("{0}", "30", StringComparison.Ordinal)).Single()));
    }

    [Fact]
    public void A_folder_of_masks_is_used_and_a_mask_that_was_painted_over_is_another_job()
    {
        Files("a.png", "b.png");
        Run("$null = foreach ($n in 'a', 'b') { New-EditMask -Box 8,8,20,20 -Width 72 -Height 64 | Export-EditImage -Path $folder/masks/$n.mask.png }").ThrowOnError();
        const string edit = "Invoke-ImageEdit $folder/in/*.png 'replace the pond with a lake' -Mask $folder/masks -Directory $folder/out -Resume";
        Assert.All(Run(edit).ThrowOnError().Output, file => Assert.Equal("Done", Status(file)));

        Run("New-EditMask -Box 30,8,20,20 -Width 72 -Height 64 | Export-EditImage -Path $folder/masks/a.mask.png -Force").ThrowOnError();
        Assert.Equal(["a.png Done", "b.png Skipped"], Run(edit).ThrowOnError().Output.Select(file => $"{file.Properties["Name"].Value} {Status(file)}").Order());
    }

    [Fact]
    public void Progress_counts_files_and_is_taken_off()
    {
        Files("a.png", "b.png");
        IReadOnlyList<ProgressRecord> progress = Run($"{Edit} -Directory $folder/out").ThrowOnError().Progress;
        Assert.Contains(progress, record => record is { ActivityId: 1, Activity: "Editing files" } && record.StatusDescription.EndsWith(" of 2", StringComparison.Ordinal));
        Assert.Contains(progress, record => record.ActivityId == 1 && record.SecondsRemaining >= 0);
        Assert.All(progress.GroupBy(record => record.ActivityId), activity => Assert.Equal(ProgressRecordType.Completed, activity.Last().RecordType));
    }

    [Fact]
    public void A_stopped_batch_is_resumed_to_what_an_unbroken_one_gives()
    {
        Files("a.png", "b.png", "c.png", "d.png");
        Run($"{Edit} -Directory $folder/whole -Steps 30").ThrowOnError();

        using (System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(session.Runspace))
        {
            shell.AddScript($"{Edit} -Directory $folder/out -Steps 30");
            using PSDataCollection<PSObject> output = [];
            using ManualResetEventSlim first = new();
            output.DataAdded += (_, _) => first.Set();
            IAsyncResult run = shell.BeginInvoke<PSObject, PSObject>(null, output);
            WaitHandle.WaitAny([first.WaitHandle, run.AsyncWaitHandle], TimeSpan.FromMinutes(2));
            shell.Stop();
            Assert.ThrowsAny<Exception>(() => shell.EndInvoke(run));
        }

        Assert.InRange(Pictures(Out).Count, 1, 3);
        ScriptResult rest = Run($"{Edit} -Directory $folder/out -Steps 30 -Resume").ThrowOnError();
        Assert.Contains(rest.Output, file => Status(file) == "Skipped");
        AssertSame(Pictures(Path.Combine(folder, "whole")), Pictures(Out));
    }

    [Fact]
    public void A_killed_process_is_resumed_to_what_an_unbroken_one_gives()
    {
        Files("a.png", "b.png", "c.png", "d.png");
        string edit = $"Invoke-ImageEdit '{folder}/in/*.png' 'add a red ball on the left' -Model '{bundle.Bundle}' -Device cpu -Steps 20";
        Run($"{edit} -Directory $folder/whole").ThrowOnError();

        using (Process process = Shell.Start("-Command", $"{edit} -Directory '{Out}'"))
        {
            process.StandardInput.Close();
            string journal = Path.Combine(Out, ".brushedit", "batch-1-of-1.jsonl");
            SpinWait.SpinUntil(() => process.HasExited || (File.Exists(journal) && new FileInfo(journal).Length > 200), TimeSpan.FromMinutes(2));
            process.Kill();
            process.WaitForExit();
        }

        Assert.InRange(Pictures(Out).Count, 0, 4);
        ScriptResult rest = Run($"{edit} -Directory $folder/out -Resume").ThrowOnError();
        Assert.Equal(4, rest.Output.Count);
        AssertSame(Pictures(Path.Combine(folder, "whole")), Pictures(Out));
    }

    [Fact]
    public void A_full_disk_ends_the_batch_with_nothing_half_written_and_it_goes_on_when_there_is_room()
    {
        Files("a.png", "b.png", "c.png", "d.png", "e.png", "f.png");
        string disk = Directory.CreateDirectory(Path.Combine(folder, "disk")).FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Tool("mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", disk), "A small file system cannot be mounted here (root on Linux only).");
        try
        {
            ScriptResult full = Run($"{Edit} -Directory $folder/disk/out -Throttle 1");
            Assert.NotEmpty(full.Errors);
            Assert.All(full.Errors, error => Assert.StartsWith("CannotWrite", error.FullyQualifiedErrorId, StringComparison.Ordinal));
            string place = Path.Combine(disk, "out");
            Assert.Empty(Directory.GetFiles(place, ".*.tmp"));
            foreach (string file in Directory.GetFiles(place))
            {
                Run($"Import-EditImage '{file}'").Single();
            }

            Assert.True(Tool("mount", "-o", "remount,size=4m", disk));
            Assert.Equal(6, Run($"{Edit} -Directory $folder/disk/out -Resume").ThrowOnError().Output.Count);
        }
        finally
        {
            Assert.True(Tool("umount", disk));
        }
    }

    [Fact]
    public void A_read_only_folder_is_told_before_anything_is_computed()
    {
        Files("a.png");
        string disk = Directory.CreateDirectory(Path.Combine(folder, "disk")).FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Tool("mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", disk), "A read-only file system cannot be mounted here (root on Linux only).");
        try
        {
            foreach (string place in (string[])["disk", "disk/out"])
            {
                ScriptResult result = Run($"{Edit} -Directory $folder/{place}");
                Assert.StartsWith("CannotWrite", result.SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
                Assert.Empty(result.Progress);
            }
        }
        finally
        {
            Assert.True(Tool("umount", disk));
        }
    }

    [Fact]
    public async Task Two_runspaces_may_work_at_once()
    {
        Files("a.png", "b.png", "c.png", "d.png");
        Run($"{Edit} -Directory $folder/whole").ThrowOnError();
        using ModuleSession other = new();
        string script = Defaults + "Invoke-ImageEdit $folder/in/*.png 'add a red ball on the left' -Directory $folder/out -Shard PART/2";
        Task<ScriptResult>[] runs =
        [
            Task.Run(() => session.Run(script.Replace("PART", "1", StringComparison.Ordinal), ("folder", folder))),
            Task.Run(() => other.Run(script.Replace("PART", "2", StringComparison.Ordinal), ("folder", folder))),
        ];
        ScriptResult[] results = await Task.WhenAll(runs);
        Assert.Equal(4, results.Sum(result => result.ThrowOnError().Output.Count));
        AssertSame(Pictures(Path.Combine(folder, "whole")), Pictures(Out));
    }

    private byte[] Rgb(string name) => [.. Run($"(Import-EditImage $folder/{name}).Picture.ToRgb()").ThrowOnError().Output.Select(value => (byte)value.BaseObject)];

    private static bool Tool(string name, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
