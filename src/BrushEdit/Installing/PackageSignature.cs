using NuGet.Packaging;
using NuGet.Packaging.Core;
using NuGet.Packaging.Signing;

namespace BrushEdit.Installing;

/// <summary>
/// The signature inside a package. It covers the whole content, so a package that was damaged or cut on its way does not pass; who signed it is
/// not judged here, since that needs certificates which only the SDK brings.
/// </summary>
internal static class PackageSignature
{
    /// <summary>Holds a package's content to its own signature.</summary>
    /// <param name="file">The package file.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False if the package is not signed.</returns>
    /// <exception cref="EditException">The content is not what was signed.</exception>
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
