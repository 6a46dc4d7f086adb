namespace BrushEdit.Training;

/// <summary>A picture to learn from.</summary>
/// <param name="Rgb">8-bit sRGB, interleaved, row-major.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Caption">What it shows; empty if nothing says it.</param>
/// <param name="Holes">Its own masks, row-major, true = hole; often none.</param>
public sealed record TrainingPicture(byte[] Rgb, int Width, int Height, string Caption, IReadOnlyList<bool[]> Holes);

/// <summary>Pictures to learn from, each read when it is wanted, from any thread.</summary>
public interface ITrainingPictures
{
    /// <summary>What they are, for the model card.</summary>
    string Description { get; }

    /// <summary>The number of pictures.</summary>
    int Count { get; }

    /// <summary>The share of own masks that are turned round: what was to be filled is kept, and the other way about.</summary>
    double InvertShare { get; }

    /// <summary>What was found wrong when they were listed: files that are skipped, each with the reason.</summary>
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
/// <param name="description">What they are.</param>
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
