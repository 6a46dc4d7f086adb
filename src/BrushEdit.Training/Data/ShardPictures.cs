using System.Formats.Tar;
using System.Globalization;
using System.Text;
using BrushEdit.Imaging;
using Microsoft.Win32.SafeHandles;

namespace BrushEdit.Training;

/// <summary>
/// BrushData's shards: tar files whose members <c>000000123.image</c>, <c>.caption</c>, <c>.height</c>, <c>.width</c> and <c>.segmentation</c>
/// form a sample. The headers are read once; samples are then read in place, so that shards are shuffled without being unpacked. Broken
/// samples are reported by name and skipped.
/// </summary>
public sealed class ShardPictures : ITrainingPictures
{
    private const int LongestPicture = 1 << 28;
    private const int LongestText = 1 << 24;

    private readonly string[] shards;
    private readonly List<Sample> samples = [];
    private readonly List<string> problems = [];

    /// <summary>Lists the samples of some shards.</summary>
    /// <param name="shards">The tar files.</param>
    /// <param name="cancellation">Ends the listing.</param>
    /// <exception cref="EditException">None of them contains a sample.</exception>
    public ShardPictures(IEnumerable<string> shards, CancellationToken cancellation = default)
    {
        this.shards = [.. shards.Select(Path.GetFullPath).Order(StringComparer.Ordinal)];
        for (int shard = 0; shard < this.shards.Length; shard++)
        {
            cancellation.ThrowIfCancellationRequested();
            List(shard);
        }

        if (samples.Count == 0)
        {
            throw new EditException(
                EditFault.NotFound,
                $"No sample was found in {this.shards.Length} shards{(problems.Count > 0 ? ": " + problems[0] : string.Empty)}.",
                "Give tar files in BrushData's layout: members such as 000000000.image and 000000000.caption.",
                this.shards.FirstOrDefault());
        }
    }

    /// <inheritdoc/>
    public string Description => $"{samples.Count} samples of {shards.Length} BrushData shards";

    /// <inheritdoc/>
    public int Count => samples.Count;

    /// <inheritdoc/>
    public double InvertShare => 0.5;

    /// <inheritdoc/>
    public IReadOnlyList<string> Problems => problems;

    /// <inheritdoc/>
    public string Fingerprint => DataFingerprint.Of(shards.Select(shard => DataFingerprint.Line(Path.GetDirectoryName(shard)!, shard)));

    /// <inheritdoc/>
    public string Name(int index) => $"{Path.GetFileName(shards[samples[index].Shard])}/{samples[index].Key}";

    /// <inheritdoc/>
    public TrainingPicture Read(int index)
    {
        Sample sample = samples[index];
        using SafeFileHandle shard = RegularFile.Open(shards[sample.Shard]);
        Picture picture = PictureReader.Read(Bytes(shard, sample, "image", LongestPicture), Name(index));
        string caption = CaptionOf(Bytes(shard, sample, "caption", LongestText), index);
        int height = Number(shard, sample, "height", index) ?? picture.Height;
        int width = Number(shard, sample, "width", index) ?? picture.Width;
        if ((width, height) != (picture.Width, picture.Height))
        {
            throw Broken(index, $"its picture has {picture.Size} pixels, but its masks have {width} x {height}");
        }

        // The decoded part is kept: the hole is the area around the object.
        IReadOnlyList<bool[]> holes = sample.Parts.ContainsKey("segmentation")
            ? [.. RunLengths.Read(Bytes(shard, sample, "segmentation", LongestText)).Select(code => Array.ConvertAll(RunLengths.Decode(code, width, height), kept => !kept))]
            : [];
        return new TrainingPicture(picture.ToRgb(), width, height, caption, holes);
    }

    private void List(int shard)
    {
        Sample? current = null;
        try
        {
            using FileStream stream = RegularFile.OpenStream(shards[shard]);
            using TarReader reader = new(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    continue;
                }

                string name = Path.GetFileName(entry.Name);
                int dot = name.IndexOf('.', StringComparison.Ordinal);
                if (dot <= 0)
                {
                    problems.Add($"{shards[shard]}: the member '{entry.Name}' does not belong to a sample");
                    continue;
                }

                // A key that recurs later begins a new sample.
                if (current is null || current.Key != name[..dot])
                {
                    Take(current);
                    current = new Sample(shard, name[..dot], new Dictionary<string, (long, long)>(StringComparer.Ordinal));
                }

                current.Parts[name[(dot + 1)..]] = (entry.DataOffset, entry.Length);
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or FormatException or EditException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"{shards[shard]}: the shard is broken{(current is null ? string.Empty : $" after sample {current.Key}")} ({fault.Message})");
            return;
        }

        Take(current);
    }

    private void Take(Sample? sample)
    {
        if (sample is null)
        {
            return;
        }

        string[] missing = [.. new[] { "image", "caption" }.Where(part => !sample.Parts.ContainsKey(part))];
        if (missing.Length > 0)
        {
            problems.Add($"{shards[sample.Shard]}: sample {sample.Key} has no {string.Join(" and no ", missing)}");
            return;
        }

        samples.Add(sample);
    }

    private byte[] Bytes(SafeFileHandle shard, Sample sample, string part, int most)
    {
        (long offset, long length) = sample.Parts[part];
        if (length > most)
        {
            throw new EditException(EditFault.BadPicture, $"{shards[sample.Shard]}: the {part} of sample {sample.Key} has {length} bytes; up to {most} are read.", null, sample.Key);
        }

        byte[] bytes = new byte[length];
        RegularFile.Read(shard, shards[sample.Shard], bytes, offset);
        return bytes;
    }

    private int? Number(SafeFileHandle shard, Sample sample, string part, int index)
    {
        if (!sample.Parts.ContainsKey(part))
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(Bytes(shard, sample, part, LongestText));
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Broken(index, $"its {part} is '{PlainText.Message(text)}'");
    }

    private string CaptionOf(byte[] bytes, int index)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).Trim();
        }
        catch (DecoderFallbackException)
        {
            throw Broken(index, "its caption is not UTF-8 text");
        }
    }

    private EditException Broken(int index, string how) => new(EditFault.BadPicture, $"{Name(index)}: {how}.", null, Name(index));

    private sealed record Sample(int Shard, string Key, Dictionary<string, (long Offset, long Length)> Parts);
}
