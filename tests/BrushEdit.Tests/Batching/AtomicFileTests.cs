using System.Diagnostics;

namespace BrushEdit.Tests.Batching;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-atomic").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_is_there_whole_or_not_at_all()
    {
        string path = Path.Combine(folder, "a.txt");
        AtomicFile.Write(path, WriteRule.CreateNew, temporary =>
        {
            Assert.Equal(folder, Path.GetDirectoryName(temporary));
            File.WriteAllText(temporary, "half");
            Assert.False(File.Exists(path));
        });
        Assert.Equal("half", File.ReadAllText(path));

        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(path, WriteRule.For(force: true), temporary =>
        {
            File.WriteAllText(temporary, "new");
            throw new InvalidDataException();
        }));
        Assert.Throws<EditException>(() => AtomicFile.Write(path, WriteRule.CreateNew, temporary => File.WriteAllText(temporary, "new")));
        Assert.Equal("half", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void What_a_killed_process_left_is_cleaned_up_and_what_is_being_written_is_not()
    {
        string left = string.Empty;
        AtomicFile.Write(Path.Combine(folder, "a.txt"), WriteRule.CreateNew, temporary =>
        {
            File.WriteAllText(temporary, "mine");
            string own = $"-{Environment.ProcessId}-";
            Assert.Contains(own, temporary, StringComparison.Ordinal);

            // The same name by a process that has ended, and by one of another machine.
            left = temporary.Replace(own, $"-{Ended()}-", StringComparison.Ordinal);
            File.WriteAllText(left, "left");
            string elsewhere = Path.Combine(folder, $".brushedit-othermachine-1-{Guid.NewGuid():N}.tmp");
            File.WriteAllText(elsewhere, "elsewhere");
            string old = Path.Combine(folder, $".brushedit-othermachine-2-{Guid.NewGuid():N}.tmp");
            File.WriteAllText(old, "old");
            File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));
            File.WriteAllText(Path.Combine(folder, ".brushedit-notes.tmp"), "the user's own");

            Assert.Equal(2, AtomicFile.CleanUp(folder));

            Assert.True(File.Exists(temporary) && File.Exists(elsewhere));
            Assert.False(File.Exists(left) || File.Exists(old));
        });
        Assert.True(File.Exists(Path.Combine(folder, ".brushedit-notes.tmp")));
        Assert.Equal(0, AtomicFile.CleanUp(Path.Combine(folder, "none")));
    }

    [Fact]
    public void What_was_left_by_a_process_with_our_number_before_us_is_cleaned_up()
    {
        AtomicFile.Write(Path.Combine(folder, "a.txt"), WriteRule.CreateNew, temporary =>
        {
            File.WriteAllText(temporary, "mine");
            File.SetLastWriteTimeUtc(temporary, DateTime.UtcNow.AddDays(-30));
            Assert.Equal(1, AtomicFile.CleanUp(folder));
            File.WriteAllText(temporary, "mine");
        });
    }

    private static int Ended()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.Id;
    }
}
