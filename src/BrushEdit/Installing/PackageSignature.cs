using NuGet.Packaging;
using NuGet.Packaging.Core;
using NuGet.Packaging.Signing;

namespace BrushEdit.Installing;

/// <summary>
/// The signature inside a package. It covers the whole content, so a package that was damaged or truncated in transit fails; the signer is
/// not verified here, since that requires certificates which only the SDK contains.
/// </summary>
internal static class PackageSignature
{
    /// <summary>Verifies a package's content against its signature.</summary>
    /// <param name="file">The package file.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <returns>False if the package is not signed.</returns>
    /// <exception cref="EditException">The content differs from the signed content.</exception>
    public static async Task<bool> CoversAsync(string file, CancellationToken cancellation)
    {
        try
        {
            using PackageArchiveReader reader = new(file);
            PrimarySignature? signature = await reader.GetPrimarySignatureAsync(cancellation).ConfigureAwait(false);
            if (signature is null)
            {
                return false;
            }

            await reader.ValidateIntegrityAsync(signature.SignatureContent, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception fault) when (fault is SignatureException or InvalidDataException or PackagingException or System.Security.Cryptography.CryptographicException)
        {
            throw new EditException(
                EditFault.BadDownload, $"The package '{Path.GetFileName(file)}' does not match its signature: {fault.Message}", "Run the command again with -Force, or with another -Source.", file, fault);
        }
    }
}
