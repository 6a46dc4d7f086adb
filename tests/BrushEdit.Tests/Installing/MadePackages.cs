using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BrushEdit.Linking;

namespace BrushEdit.Tests.Installing;

/// <summary>Small packages laid out as those of libtorch with CUDA are: a head that needs the parts, a library in one piece, one in four.</summary>
internal static class MadePackages
{
    public static string Head { get; } = $"libtorch-cuda-{Platform.CudaVersion}-{Platform.RuntimeId}";

    public static byte[] Processor { get; } = Bytes(1, 40_000);

    public static byte[] Graphics { get; } = Bytes(2, 300_000);

    /// <summary>Package files by id.</summary>
    public static Dictionary<string, byte[]> Cuda()
    {
        string native = $"runtimes/{Platform.RuntimeId}/native/";
        string pieces = $"fragments/{Platform.RuntimeId}/native/";
        string cpu = Platform.FileOf("torch_cpu");
        string cuda = Platform.FileOf("torch_cuda");
        string[] parts = [$"{Head}-part1", $"{Head}-part2-primary", $"{Head}-part2-fragment1", $"{Head}-part2-fragment2", $"{Head}-part2-fragment3"];
        return new()
        {
            [Head] = Package(Head, [], parts),
            [parts[0]] = Package(parts[0], new()
            {
                [native + cpu] = Processor,
                [native + Platform.FileOf("c10")] = Bytes(3, 500),
                [native + Platform.FileOf("torch_python")] = Bytes(4, 500),
                ["LICENSE-LIBTORCH.txt"] = Bytes(5, 100),
            }),
            [parts[1]] = Package(parts[1], new()
            {
                [native + cuda] = Graphics[..120_000],
                [native + cuda + ".sha"] = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Graphics))),
            }),
            [parts[2]] = Package(parts[2], new() { [$"{pieces}{cuda}.fragment1"] = Graphics[120_000..200_000] }),
            [parts[3]] = Package(parts[3], new() { [$"{pieces}{cuda}.fragment2"] = Graphics[200_000..260_000] }),
            [parts[4]] = Package(parts[4], new() { [$"{pieces}{cuda}.fragment3"] = Graphics[260_000..] }),
        };
    }

    /// <summary>A package file.</summary>
    public static byte[] Package(string id, Dictionary<string, byte[]> files, params string[] needs)
    {
        string dependencies = string.Concat(needs.Select(need => $"<dependency id=\"{need}\" version=\"{Platform.LibTorchVersion}\" />"));
        string manifest = $"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{id}</id><version>{Platform.LibTorchVersion}</version><authors>tests</authors><description>Made by a test.</description>
                <dependencies><group targetFramework=".NETStandard2.0">{dependencies}</group></dependencies>
              </metadata>
            </package>
            """;
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string path, byte[] content) in files.Prepend(new($"{id}.nuspec", Encoding.UTF8.GetBytes(manifest))))
            {
                using Stream entry = zip.CreateEntry(path, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Writes packages into a folder, as a user copies them.</summary>
    public static void Lay(string folder, Dictionary<string, byte[]> packages)
    {
        Directory.CreateDirectory(folder);
        foreach ((string id, byte[] package) in packages)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{id}.{Platform.LibTorchVersion}.nupkg"), package);
        }
    }

    /// <summary>What a package source that speaks NuGet's protocol 3 has at its addresses.</summary>
    public static Dictionary<string, byte[]> Served(Dictionary<string, byte[]> packages, Uri root)
    {
        Dictionary<string, byte[]> files = new()
        {
            ["index.json"] = Encoding.UTF8.GetBytes($$"""
                {"version": "3.0.0", "resources": [
                  {"@id": "{{root}}blob/content/", "@type": "PackageBaseAddress/3.0.0"},
                  {"@id": "{{root}}blob/registration/", "@type": "RegistrationsBaseUrl/3.6.0"}]}
                """),
        };
        foreach ((string id, byte[] package) in packages)
        {
            string version = Platform.LibTorchVersion;
            using ZipArchive zip = new(new MemoryStream(package));
            using MemoryStream manifest = new();
            using (Stream entry = zip.GetEntry($"{id}.nuspec")!.Open())
            {
                entry.CopyTo(manifest);
            }

            files[$"content/{id}/{version}/{id}.{version}.nupkg"] = package;
            files[$"content/{id}/{version}/{id}.nuspec"] = manifest.ToArray();
            files[$"registration/{id}/{version}.json"] = Encoding.UTF8.GetBytes($$"""{"catalogEntry": "{{root}}blob/catalogue/{{id}}.json"}""");
            files[$"catalogue/{id}.json"] = Encoding.UTF8.GetBytes(
                $$"""{"packageHash": "{{Convert.ToBase64String(SHA512.HashData(package))}}", "packageHashAlgorithm": "SHA512", "packageSize": {{package.Length}}}""");
        }

        return files;
    }

    private static byte[] Bytes(int seed, int count)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
