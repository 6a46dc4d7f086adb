namespace BrushEdit.Training;

/// <summary>A training picture.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Caption">What it shows; empty if unknown.</param>
/// <param name="Holes">Its masks, row-major, true = hole; often none.</param>
public sealed record TrainingPicture(byte[] Rgb, int Width, int Height, string Caption, IReadOnlyList<bool[]> Holes);

/// <summary>Training pictures, each read on demand, from any thread.</summary>
public interface ITrainingPictures
{
    /// <summary>A description for the model card.</summary>
    string Description { get; }

    /// <summary>The number of pictures.</summary>
    int Count { get; }

    /// <summary>The share of the pictures' masks that are inverted, which swaps the hole and the kept part.</summary>
    double InvertShare { get; }

    /// <summary>Files and rows that were skipped when the pictures were listed, each with the reason.</summary>
    IReadOnlyList<string> Problems { get; }

    /// <summary>A picture's name, for messages.</summary>
    /// <param name="index">Its index, from 0.</param>
    string Name(int index);

    /// <summary>The data's identity: a hash of names and lengths, by which a resumed run detects changes.</summary>
    string Fingerprint { get; }

    /// <summary>Reads a picture.</summary>
    /// <param name="index">Its index, from 0.</param>
    /// <exception cref="EditException">It is broken.</exception>
    TrainingPicture Read(int index);
}

/// <summary>Pictures in memory, such as drawn scenes.</summary>
/// <param name="description">Their description.</param>
/// <param name="pictures">The pictures.</param>
public sealed class GivenPictures(string description, IReadOnlyList<TrainingPicture> pictures) : ITrainingPictures
{
    private readonly Lazy<string> fingerprint = new(() => DataFingerprint.Of(pictures.Select(picture => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(picture.Rgb)) + picture.Caption)));

    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public int Count => pictures.Count;

    /// <inheritdoc/>
    public double InvertShare => 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> Problems => [];

    /// <inheritdoc/>
    public string Fingerprint => fingerprint.Value;

    /// <inheritdoc/>
    public string Name(int index) => $"picture {index + 1}";

    /// <inheritdoc/>
    public TrainingPicture Read(int index) => pictures[index];
}
