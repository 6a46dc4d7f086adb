using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BrushEdit.Loading;
using BrushEdit.Modeling;
using TorchSharp;

namespace BrushEdit.Training;

/// <summary>
/// Caches latents on disk, keyed by the pictures' content: it stores the autoencoder's posterior, from which each step draws a new sample.
/// Worthwhile if there are few pictures and their crops recur.
/// </summary>
/// <param name="folder">Its folder, created if it is missing.</param>
/// <param name="model">The autoencoder's identity.</param>
public sealed class LatentCache(string folder, string model)
{
    /// <summary>The posterior of a picture: read from disk, or computed and stored there.</summary>
    /// <param name="planes">The picture, (3, S, S).</param>
    /// <param name="encode">Computes the posterior.</param>
    /// <returns>The posterior; the caller owns it.</returns>
    internal VaePosterior Get(float[] planes, Func<VaePosterior> encode)
    {
        string path = Path.Combine(folder, NameOf(planes));
        if (File.Exists(path))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return new VaePosterior(file.Read("mean"), file.Read("log_variance"));
        }

        VaePosterior made = encode();
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(
                path,
                new WriteRule { Replace = true },
                temporary => SafetensorsWriter.Write(temporary, new Dictionary<string, torch.Tensor> { ["mean"] = made.Mean, ["log_variance"] = made.LogVar }));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The latent '{path}' cannot be written: {fault.Message}", "Free disk space, or train without -LatentCache.", path, fault);
        }

        return made;
    }

    private string NameOf(float[] planes)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(model));
        hash.AppendData(MemoryMarshal.AsBytes(planes.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset()) + ".safetensors";
    }
}
