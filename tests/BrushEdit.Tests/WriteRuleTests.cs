using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Reporting;

namespace BrushEdit.Tests;

/// <summary>A file of the user's is never replaced unasked, and one that the run reads never at all.</summary>
public sealed class WriteRuleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-rule").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_that_appears_while_another_is_made_is_kept()
    {
        string path = At("a.txt");
        EditException fault = Assert.Throws<EditException>(() => AtomicFile.Write(path, WriteRule.CreateNew, temporary =>
        {
            File.WriteAllText(temporary, "ours");
            File.WriteAllText(path, "theirs");
        }));
        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Many_writers_of_one_name_lose_nothing_and_one_of_them_wins()
    {
        for (int round = 0; round < 20; round++)
        {
            string path = At($"{round}.txt");
            string[] won = new string[16];
            Parallel.For(0, won.Length, i =>
            {
                try
                {
                    AtomicFile.Write(path, WriteRule.CreateNew, temporary => File.WriteAllText(temporary, $"writer {i}"));
                    won[i] = $"writer {i}";
                }
                catch (EditException)
                {
                    // Another one was first.
                }
            });
            Assert.Equal(File.ReadAllText(path), Assert.Single(won, text => text is not null));
        }
    }

    [Fact]
    public void What_this_work_wrote_is_replaced_by_it_and_what_was_changed_since_is_not()
    {
        string path = At("a.txt");
        string hash = Write(path, WriteRule.CreateNew, "first");
        WriteRule own = new() { IsOwn = file => PendingFile.HashOf(file) == hash };
        hash = Write(path, own, "second");
        File.WriteAllText(path, "Second");
        Assert.Throws<EditException>(() => Write(path, own, "third"));
        Assert.Equal("Second", File.ReadAllText(path));
    }

    [Fact]
    public void An_input_is_never_replaced_whatever_links_lead_to_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links needs a privilege there.");
        Directory.CreateDirectory(At("photos"));
        string photo = At("photos/a.png");
        File.WriteAllText(photo, "photo");
        Directory.CreateSymbolicLink(At("link"), "photos");
        Directory.CreateSymbolicLink(At("link-of-link"), At("link"));
        File.CreateSymbolicLink(At("named.png"), "link/a.png");
        Directory.CreateDirectory(At("photos/below"));
        foreach (string path in (string[])[photo, At("link/a.png"), At("link-of-link/a.png"), At("named.png"), At("photos/below/../a.png"), At("link/below/../a.png")])
        {
            WriteRule rule = WriteRule.For(force: true, new InputFiles(photo));
            Assert.Contains("read by this run", Assert.Throws<EditException>(() => Write(path, rule, "result")).Message, StringComparison.Ordinal);
            Assert.Throws<EditException>(() => Write(photo, WriteRule.For(force: true, new InputFiles(path)), "result"));
        }

        Assert.Equal("photo", File.ReadAllText(photo));
        Write(At("link/b.png"), WriteRule.For(force: true, new InputFiles(photo)), "result");
    }

    [Fact]
    public void Links_that_go_in_circles_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links needs a privilege there.");
        File.CreateSymbolicLink(At("a"), "b");
        File.CreateSymbolicLink(At("b"), "a");
        Assert.False(new InputFiles(At("c")).Contains(At("a/x.png")));
        Assert.Throws<EditException>(() => Write(At("a"), WriteRule.CreateNew, "result"));
    }

    [Fact]
    public void Folders_and_devices_are_no_files()
    {
        WriteRule force = WriteRule.For(force: true);
        Assert.Contains("folder", Assert.Throws<EditException>(() => force.Check(folder)).Message, StringComparison.Ordinal);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Devices are no files there.");
        Assert.Contains("device", Assert.Throws<EditException>(() => force.Check("/dev/null")).Message, StringComparison.Ordinal);
        Assert.False(FileKind.IsRegular("/dev/zero"));
        File.WriteAllText(At("a.txt"), string.Empty);
        Assert.True(FileKind.IsRegular(At("a.txt")));
        File.CreateSymbolicLink(At("zero.png"), "/dev/zero");
        Assert.False(FileKind.IsRegular(At("zero.png")));
        Assert.False(FileKind.IsRegular(At("none")));
    }

    [Fact]
    public void Every_writer_goes_through_the_rule()
    {
        string photo = At("photo.png");
        Drawn(photo);
        ImageEdit edit = new(Picture.Open(photo));
        string maskFile = At("mask.png");
        Mask.FromBox(8, 6, new Box(1, 1, 2, 2)).Save(maskFile);
        edit.Mask = Mask.Open(maskFile);
        Assert.Equal([photo, maskFile], edit.InputFiles);
        edit = edit.Clone();
        byte[] before = File.ReadAllBytes(photo);

        InputFiles inputs = new(edit.InputFiles);
        EditPlan plan = new() { EditType = EditType.Remove, Target = "dog" };
        foreach (string input in edit.InputFiles)
        {
            Throws(() => edit.Picture.Save(input, new PictureSaveOptions { Rule = WriteRule.For(force: true, inputs) }));
            Throws(() => PlanFile.Save(plan, input, rule: WriteRule.For(force: true, inputs)));
            Throws(() =>
            {
                using EditReport report = new(input, new EditReportOptions { Overwrite = true });
                report.Add(edit);
                report.Complete();
            });
        }

        // A picture never replaces its own file, even where nobody names the run's inputs.
        Throws(() => edit.Picture.Save(photo, new PictureSaveOptions { Rule = WriteRule.For(force: true) }));
        Assert.Equal(before, File.ReadAllBytes(photo));

        // Without being asked, nothing that is there is replaced.
        string other = At("other.png");
        File.WriteAllText(other, "theirs");
        Throws(() => edit.Picture.Save(other));
        Throws(() => PlanFile.Save(plan, other));
        Throws(() => new EditReport(other).Dispose());
        Assert.Equal("theirs", File.ReadAllText(other));
    }

    private static void Throws(Action action) => Assert.Equal(EditFault.CannotWrite, Assert.Throws<EditException>(action).Kind);

    private static void Drawn(string path) => Picture.FromRgb(new byte[8 * 6 * 3], 8, 6).Save(path);

    private static string Write(string path, WriteRule rule, string text)
    {
        using PendingFile file = PendingFile.Write(path, temporary => File.WriteAllText(temporary, text));
        string hash = file.Hash;
        file.Commit(rule);
        return hash;
    }

    private string At(string name) => Path.Combine(folder, name);
}
