using BrushEdit.Batching;

namespace BrushEdit.Tests.Batching;

public class ShardTests
{
    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("2/8", 2, 8)]
    [InlineData(" 3 / 3 ", 3, 3)]
    public void A_shard_is_read_as_typed(string text, int index, int count)
    {
        Shard shard = Shard.Parse(text);
        Assert.Equal((index, count), (shard.Index, shard.Count));
        Assert.Equal(shard, Shard.Parse(shard.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("0/4")]
    [InlineData("5/4")]
    [InlineData("-1/4")]
    [InlineData("1/0")]
    [InlineData("1/2/3")]
    [InlineData("a/b")]
    [InlineData("1/1000000")]
    public void Anything_else_is_refused_with_the_form_it_must_have(string text)
    {
        EditException fault = Assert.Throws<EditException>(() => Shard.Parse(text));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("2/8", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_belongs_to_exactly_one_part_and_the_parts_are_alike()
    {
        string[] files = [.. Enumerable.Range(0, 4000).Select(i => $"/photos/set{i % 7}/IMG_{i:0000}.jpg")];
        Shard[] shards = [.. Enumerable.Range(1, 8).Select(i => new Shard(i, 8))];

        Assert.All(files, file => Assert.Single(shards, shard => shard.Holds(file)));
        Assert.All(shards, shard => Assert.InRange(files.Count(shard.Holds), 400, 600));
    }

    [Fact]
    public void What_lies_above_the_files_folder_does_not_matter_and_the_folder_does()
    {
        Shard shard = new(2, 5);
        string[] files = [.. Enumerable.Range(0, 50).Select(i => $"run{i}/image.png")];
        Assert.All(files, file => Assert.Equal(shard.Holds("/mnt/a/" + file), shard.Holds("/data/b/" + file)));
        Assert.InRange(files.Count(file => shard.Holds("/mnt/" + file)), 1, 49);
    }

    [Fact]
    public void The_split_stays_the_same_from_version_to_version() =>
        Assert.Equal(
            [1, 1, 3, 1, 4],
            new[] { "a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg" }.Select(name => Enumerable.Range(1, 4).Single(i => new Shard(i, 4).Holds("/photos/" + name))));

    [Fact]
    public void A_name_means_the_same_in_either_unicode_form()
    {
        Shard shard = new(1, 1000);
        for (int i = 0; i < 50; i++)
        {
            string name = $"/bilder/Küste{i}.jpg";
            Assert.Equal(BatchSeed.Of(null, name), BatchSeed.Of(null, name.Normalize(System.Text.NormalizationForm.FormD)));
            Assert.Equal(shard.Holds(name), shard.Holds(name.Normalize(System.Text.NormalizationForm.FormD)));
        }
    }

    [Fact]
    public void A_given_seed_is_every_files_and_a_derived_one_hangs_on_the_name_alone()
    {
        Assert.Equal(5, BatchSeed.Of(5, "/a/x.jpg"));
        Assert.Equal(BatchSeed.Of(null, "/a/x.jpg"), BatchSeed.Of(null, "/b/x.jpg"));
        Assert.NotEqual(BatchSeed.Of(null, "/a/x.jpg"), BatchSeed.Of(null, "/a/y.jpg"));
        Assert.InRange(BatchSeed.Of(null, "/a/x.jpg"), 0, int.MaxValue);
    }

    [Fact]
    public void A_digest_hangs_on_names_and_values_and_not_on_their_order()
    {
        KeyValuePair<string, string?>[] settings = [new("steps", "50"), new("caption", "a b"), new("seed", null)];
        string digest = SettingsDigest.Of(settings);
        Assert.Equal(digest, SettingsDigest.Of(settings.Reverse()));
        Assert.Equal(digest, SettingsDigest.Of(settings[..2]));
        Assert.NotEqual(digest, SettingsDigest.Of([new("steps", "51"), new("caption", "a b")]));
        Assert.NotEqual(digest, SettingsDigest.Of([new("steps", "5"), new("0caption", "a b")]));
    }
}
