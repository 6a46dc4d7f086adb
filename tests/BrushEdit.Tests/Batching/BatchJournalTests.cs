using BrushEdit.Batching;

namespace BrushEdit.Tests.Batching;

public sealed class BatchJournalTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("brushedit-journal").FullName;

    private string Out => Path.Combine(root, "out");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void What_was_completed_is_done_for_the_next_process()
    {
        BatchInput input = Input("a.jpg", "one");
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            Assert.False(journal.IsDone(input, "s"));
            Do(journal, input, "s", "a.jpg");
            Assert.True(journal.IsDone(input, "s"));
        }

        using BatchJournal later = BatchJournal.Open(Out, Shard.Whole);
        Assert.True(later.IsDone(Again(input), "s"));
        Assert.False(later.IsDone(Again(input), "other settings"));
        Assert.False(later.IsDone(Input("b.jpg", "one"), "s"));
    }

    [Fact]
    public void A_line_longer_than_any_run_writes_is_passed_over_and_those_around_it_are_read()
    {
        BatchInput first = Input("a.jpg", "one");
        BatchInput second = Input("b.jpg", "two");
        string path;
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            path = journal.Path;
            Do(journal, first, "s", "a.jpg");
        }

        string own = File.ReadAllLines(path).First(line => line.Contains("\"done\"", StringComparison.Ordinal));
        File.AppendAllText(path, own.Replace("}", $",\"error\":\"{new string('x', 2 * JournalLines.MostBytes)}\"}}", StringComparison.Ordinal) + "\n");
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            Do(journal, second, "s", "b.jpg");
        }

        BatchJournal read = BatchJournal.Read(Out);
        Assert.True(read.IsDone(Again(first), "s"));
        Assert.True(read.IsDone(Again(second), "s"));
    }

    [Fact]
    public void Lines_are_told_with_the_place_of_the_next_and_one_without_an_end_is_none()
    {
        string tooLong = new('x', JournalLines.MostBytes + 1);
        using MemoryStream stream = new(System.Text.Encoding.UTF8.GetBytes($"one\r\n{tooLong}\nzwei\u00fc\ntorn"));
        int behind = 5 + tooLong.Length + 1;
        Assert.Equal([("one", 5L), ("", behind), ("zwei\u00fc", behind + 7)], JournalLines.Read(stream));
    }

    [Fact]
    public void A_changed_input_is_not_done_and_one_with_another_time_alone_is()
    {
        BatchInput input = Input("a.jpg", "one");
        using BatchJournal journal = BatchJournal.Open(Out, Shard.Whole);
        Do(journal, input, "s", "a.jpg");

        File.SetLastWriteTimeUtc(input.Path, input.Modified.AddHours(1));
        Assert.True(journal.IsDone(Again(input), "s"));
        File.WriteAllText(input.Path, "two");
        File.SetLastWriteTimeUtc(input.Path, input.Modified.AddHours(2));
        Assert.False(journal.IsDone(Again(input), "s"));
        File.WriteAllText(input.Path, "one!");
        Assert.False(journal.IsDone(Again(input), "s"));
    }

    [Fact]
    public void An_output_that_is_gone_is_made_again_and_one_that_was_changed_is_kept()
    {
        BatchInput input = Input("a.jpg", "one");
        using BatchJournal journal = BatchJournal.Open(Out, Shard.Whole);
        Do(journal, input, "s", "a.jpg", "a.mask.png");
        string mask = Path.Combine(Out, "a.mask.png");

        Assert.Empty(journal.Outputs(input, "s")!.Changed);
        Assert.True(journal.IsOwn(mask, input));
        foreach (string retouched in (string[])["Result", "result, retouched"])
        {
            File.WriteAllText(mask, retouched);
            Assert.Equal([mask], journal.Outputs(input, "s")!.Changed);
            Assert.False(journal.IsOwn(mask, input));
        }

        // Another time alone is no change.
        File.WriteAllText(mask, "result");
        File.SetLastWriteTimeUtc(mask, DateTime.UtcNow.AddDays(1));
        Assert.Empty(journal.Outputs(input, "s")!.Changed);
        File.Delete(mask);
        Assert.False(journal.IsDone(input, "s"));
    }

    [Fact]
    public void A_journal_cut_at_any_byte_is_read_and_goes_on()
    {
        BatchInput[] inputs = [Input("a.jpg", "one"), Input("b.jpg", "two"), Input("c.jpg", "three")];
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            journal.Begin("s");
            Do(journal, inputs[0], "s", "a.jpg");
            Do(journal, inputs[1], "s", "b.jpg");
        }

        string path = Directory.GetFiles(Path.Combine(Out, ".brushedit"), "*.jsonl").Single();
        byte[] whole = File.ReadAllBytes(path);
        int before = 0;
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
            {
                int done = inputs.Count(input => journal.IsDone(input, "s"));
                Assert.InRange(done, before, 2);
                before = done;
                Do(journal, inputs[2], "s", "c.jpg");
            }

            using BatchJournal again = BatchJournal.Open(Out, Shard.Whole);
            Assert.True(again.IsDone(inputs[2], "s"), $"cut at byte {length}");
            Assert.Equal(before, inputs[..2].Count(input => again.IsDone(input, "s")));
        }

        Assert.Equal(2, before);
    }

    [Fact]
    public void Shards_write_journals_of_their_own_and_read_one_anothers()
    {
        BatchInput a = Input("a.jpg", "one");
        BatchInput b = Input("b.jpg", "two");
        using (BatchJournal first = BatchJournal.Open(Out, new Shard(1, 2)))
        {
            using BatchJournal second = BatchJournal.Open(Out, new Shard(2, 2));
            Do(first, a, "s", "a.jpg");
            Do(second, b, "s", "b.jpg");
        }

        using BatchJournal whole = BatchJournal.Open(Out, Shard.Whole);
        Assert.True(whole.IsDone(a, "s"));
        Assert.True(whole.IsDone(b, "s"));
    }

    [Fact]
    public void Two_processes_cannot_have_one_shard()
    {
        using (BatchJournal first = BatchJournal.Open(Out, new Shard(1, 2)))
        {
            EditException fault = Assert.Throws<EditException>(() => BatchJournal.Open(Out, new Shard(1, 2)));
            Assert.Equal(EditFault.CannotWrite, fault.Kind);
            Assert.Contains("1/2", fault.Message, StringComparison.Ordinal);
        }

        BatchJournal.Open(Out, new Shard(1, 2)).Dispose();
    }

    [Fact]
    public void An_output_that_was_announced_is_the_inputs_own_and_no_other_files()
    {
        BatchInput a = Input("a.jpg", "one");
        string own = Path.Combine(Out, "a.jpg");
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            Assert.False(journal.IsOwn(own, a));
            using PendingFile file = PendingFile.Write(own, temporary => File.WriteAllText(temporary, "result"));
            journal.Announce(a, [file]);
        }

        // Killed between the announcement and the end: the file is the batch's own, and not done.
        File.WriteAllText(own, "result");
        using BatchJournal later = BatchJournal.Open(Out, Shard.Whole);
        Assert.True(later.IsOwn(own, a));
        Assert.False(later.IsOwn(own, Input("b.jpg", "two")));
        Assert.False(later.IsOwn(Path.Combine(Out, "b.jpg"), a));
        Assert.False(later.IsDone(a, "s"));
        File.WriteAllText(own, "retouched");
        Assert.False(later.IsOwn(own, a));
    }

    [Fact]
    public void The_newest_of_two_settings_with_one_output_is_the_one_that_is_done()
    {
        BatchInput a = Input("a.jpg", "one");
        using (BatchJournal part = BatchJournal.Open(Out, new Shard(2, 2)))
        {
            Do(part, a, "first", "a.jpg");
        }

        using (BatchJournal whole = BatchJournal.Open(Out, new Shard(1, 2)))
        {
            Do(whole, a, "second", "a.jpg");
        }

        using BatchJournal later = BatchJournal.Open(Out, Shard.Whole);
        Assert.True(later.IsDone(a, "second"));
        Assert.False(later.IsDone(a, "first"));
    }

    [Fact]
    public void Input_and_output_can_be_moved_together()
    {
        BatchInput a = Input("photos/a.jpg", "one");
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            Do(journal, a, "s", "a.jpg");
        }

        string moved = root + "-moved";
        Directory.Move(root, moved);
        try
        {
            using BatchJournal journal = BatchJournal.Open(Path.Combine(moved, "out"), Shard.Whole);
            Assert.True(journal.IsDone(BatchInput.Of(Path.Combine(moved, "photos", "a.jpg"), Path.Combine(moved, "out")), "s"));
        }
        finally
        {
            Directory.Move(moved, root);
        }
    }

    [Fact]
    public void Another_part_that_made_the_file_of_another_picture_is_seen_while_both_run()
    {
        BatchInput a = Input("one/a.jpg", "one");
        BatchInput b = Input("two/a.jpg", "two");
        using BatchJournal first = BatchJournal.Open(Out, new Shard(1, 2));
        using BatchJournal second = BatchJournal.Open(Out, new Shard(2, 2));
        string shared = Path.Combine(Out, "a.jpg");
        Assert.Null(second.OtherPartsInput(shared, b));
        Do(first, a, "s", "a.jpg");
        Assert.Equal(a.Path, second.OtherPartsInput(shared, b));
        Assert.Null(first.OtherPartsInput(shared, a));

        // Where the other picture is gone its result may be replaced.
        File.Delete(a.Path);
        Assert.Null(second.OtherPartsInput(shared, b));
    }

    [Theory]
    [InlineData("""{"event":"done","input":"a.jpg","length":3,"settings":"s","outputs":[null]}""")]
    [InlineData("""{"event":"done","input":"a.jpg","length":3,"settings":"s","outputs":[{"path":null,"length":6}]}""")]
    [InlineData("""{"event":"done","input":"a.jpg","length":3,"settings":"s","outputs":[{"length":6}]}""")]
    [InlineData("""{"event":"done","input":"a.jpg","length":3,"settings":"s","outputs":[{"path":"../a.jpg","length":6}]}""")]
    [InlineData("""{"event":"done","input":"a.jpg","length":3,"settings":"s","outputs":[{"path":"/etc/hosts","length":6}]}""")]
    [InlineData("""{"event":"done","input":"\ud800","outputs":[{"path":"\ud800","length":6}]}""")]
    [InlineData("""{"event":"done","input":"a.jpg","length":1e99}""")]
    [InlineData("""[[[[[[[[""")]
    [InlineData("""{"event":"done","event":"run"}""")]
    [InlineData("null")]
    public void A_line_that_no_run_wrote_is_passed_over(string line)
    {
        BatchInput a = Input("../a.jpg", "one");
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            Do(journal, a, "s", "b.jpg");
        }

        File.AppendAllText(Directory.GetFiles(Path.Combine(Out, ".brushedit"), "*.jsonl").Single(), line + "\n");
        using BatchJournal later = BatchJournal.Open(Out, Shard.Whole);
        Assert.Equal([Path.Combine(Out, "b.jpg")], later.Outputs(a, "s")!.Files);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told()
    {
        File.WriteAllText(Out, "a file where the folder should be");
        EditException fault = Assert.Throws<EditException>(() => BatchJournal.Open(Out, Shard.Whole));
        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Equal(Out, fault.Target);
    }

    [Fact]
    public void Many_threads_may_write_at_once()
    {
        BatchInput[] inputs = [.. Enumerable.Range(0, 40).Select(i => Input($"{i}.jpg", $"content {i}"))];
        using (BatchJournal journal = BatchJournal.Open(Out, Shard.Whole))
        {
            Parallel.ForEach(inputs, input => Do(journal, input, "s", Path.GetFileName(input.Path)));
        }

        using BatchJournal later = BatchJournal.Open(Out, Shard.Whole);
        Assert.All(inputs, input => Assert.True(later.IsDone(input, "s")));
    }

    private BatchInput Input(string name, string content)
    {
        string path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return BatchInput.Of(path, Out);
    }

    private BatchInput Again(BatchInput input) => BatchInput.Of(input.Path, Out);

    private static void Do(BatchJournal journal, BatchInput input, string settings, params string[] outputs)
    {
        string[] files = [.. outputs.Select(name => Path.Combine(journal.Folder, name))];
        PendingFile[] pending = [.. files.Select(file => PendingFile.Write(file, temporary => File.WriteAllText(temporary, "result")))];
        journal.Announce(input, pending);
        foreach (PendingFile file in pending)
        {
            file.Commit(WriteRule.For(force: true));
        }

        journal.Complete(input, settings, pending, 7, TimeSpan.FromSeconds(1));
    }
}
