using TorchSharp;

namespace BrushEdit.Loading;

/// <summary>
/// A file with a textual inversion embedding of one or more vectors. Two layouts are published: the web UI's, where the tensor is called
/// <c>emb_params</c> and the file's name is the word (for Stable Diffusion XL <c>clip_l</c> and <c>clip_g</c>, one per text encoder), and that
/// of diffusers, where the tensor's name is the word.
/// </summary>
public sealed class EmbeddingFile
{
    private const string WebName = "emb_params";
    private static readonly string[] BothNames = ["clip_l", "clip_g"];

    // The web UI allows at most one row of tokens.
    private const long MostVectors = 75;
    private const int LongestWord = 100;

    private readonly IReadOnlyList<TensorInfo> tensors;

    private EmbeddingFile(string path, string word, IReadOnlyList<TensorInfo> tensors)
    {
        Source = path;
        Token = word;
        this.tensors = tensors;
    }

    /// <summary>The file's path.</summary>
    public string Source { get; }

    /// <summary>The word that stands for it in prompts.</summary>
    public string Token { get; }

    /// <summary>The number of vectors.</summary>
    public int Count => (int)Rows(tensors[0]);

    /// <summary>The width of the vectors for each text encoder.</summary>
    public IReadOnlyList<long> Widths => [.. tensors.Select(tensor => tensor.Shape[^1])];

    /// <summary>Opens an embedding; reads its header only.</summary>
    /// <param name="path">A <c>.safetensors</c> file.</param>
    /// <exception cref="EditException">It is missing, pickled, broken, or not an embedding.</exception>
    public static EmbeddingFile Open(string path)
    {
        ModelRecognition.RefusePickle(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (Told(file.Tensors) is not { } told)
        {
            throw Refuse(path, "is not a textual inversion embedding: it contains neither emb_params, nor clip_l with clip_g, nor a single tensor of vectors", "Use an embedding in a .safetensors file.");
        }

        EmbeddingFile embedding = new(path, told.Name ?? Path.GetFileNameWithoutExtension(path), told.Tensors);
        if (embedding.tensors.Any(tensor => Rows(tensor) != embedding.Count))
        {
            throw Refuse(path, "has different numbers of vectors for the two text encoders", "Download it again from where it is published.");
        }

        return embedding;
    }

    /// <summary>Whether a file with these tensors is an embedding.</summary>
    /// <param name="tensors">The tensors by their name.</param>
    internal static bool IsEmbedding(IReadOnlyDictionary<string, TensorInfo> tensors) => Told(tensors) is not null;

    /// <summary>The vectors for a text encoder, (N, C) in single precision; the caller owns them.</summary>
    /// <param name="encoder">The text encoder, from 0.</param>
    internal torch.Tensor Read(int encoder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Source);
        using DisposeScope scope = torch.NewDisposeScope();
        return file.Read(tensors[encoder].Name).to(torch.ScalarType.Float32).reshape(Count, -1).MoveToOuterDisposeScope();
    }

    private static (string? Name, IReadOnlyList<TensorInfo> Tensors)? Told(IReadOnlyDictionary<string, TensorInfo> tensors)
    {
        if (tensors.TryGetValue(WebName, out TensorInfo? web) && IsVectors(web))
        {
            return (null, [web]);
        }

        if (tensors.Count == BothNames.Length && BothNames.All(tensors.ContainsKey) && BothNames.All(name => IsVectors(tensors[name])))
        {
            return (null, [.. BothNames.Select(name => tensors[name])]);
        }

        return tensors.Count == 1 && tensors.Values.First() is { } only && IsVectors(only) && only.Name.Length <= LongestWord && only.Name is not ("weight" or "bias") && !only.Name.Contains('.', StringComparison.Ordinal)
            ? (only.Name, [only])
            : null;
    }

    private static bool IsVectors(TensorInfo tensor) =>
        tensor.Shape.Count is 1 or 2 && tensor.Shape[^1] >= 1 && Rows(tensor) is >= 1 and <= MostVectors && tensor.Type is torch.ScalarType.Float32 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16;

    private static long Rows(TensorInfo tensor) => tensor.Shape.Count == 1 ? 1 : tensor.Shape[0];

    private static EditException Refuse(string path, string what, string remedy) => new(EditFault.BadModel, $"The embedding '{path}' {what}.", remedy, path);
}
