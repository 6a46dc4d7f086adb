using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using BrushEdit.Training;

namespace BrushEdit.Tests.Installing;

/// <summary>
/// What goes online is told by the compiled code: which methods name a type of the network's namespaces, or one of the clients of the
/// packages that speak to servers.
/// </summary>
public sealed class OnlineTests
{
    // Addresses and status codes alone send nothing.
    private static readonly HashSet<string> Harmless = ["System.Net.HttpStatusCode", "System.Net.NetworkCredential", "System.Net.DecompressionMethods", "System.Net.WebUtility"];

    private static readonly string[] Namespaces = ["System.Net", "OpenAI", "OllamaSharp", "System.ClientModel", "NuGet.Protocol"];

    [Fact]
    public void Only_what_asks_servers_or_serves_pages_names_the_network()
    {
        string[] users = [.. Users(typeof(EditException).Assembly)];
        Assert.NotEmpty(users);
        string[] allowed = ["BrushEdit.Planning.", "BrushEdit.Installing.", "BrushEdit.Generating.ImageServerClient", "BrushEdit.Serving."];
        Assert.All(users, user => Assert.True(allowed.Any(start => user.StartsWith(start, StringComparison.Ordinal)), $"{user} uses the network."));

        // And within these, a client is made in few places.
        Assert.Equal(
            ["BrushEdit.Generating.ImageServerClient", "BrushEdit.Installing.HubClient", "BrushEdit.Installing.PackageClient", "BrushEdit.Planning.PlannerCatalog"],
            Users(typeof(EditException).Assembly, "System.Net.Http.HttpClient", ".ctor").Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_other_assemblies_of_the_module_do_not_name_it()
    {
        // The cmdlets are compiled beside the library; the loader too.
        Assert.Empty(Users(typeof(BrushMasks).Assembly));
        string root = Root();
        foreach (string name in (string[])["BrushEdit.PowerShell", "BrushEdit.Loader"])
        {
            string file = Path.Combine(root, "module", "lib", name + ".dll");
            Assert.SkipUnless(File.Exists(file), "The module is not built.");
            Assert.Empty(Users(file));
        }
    }

    [Fact]
    public void The_installers_have_one_caller_each()
    {
        string file = Path.Combine(Root(), "module", "lib", "BrushEdit.PowerShell.dll");
        Assert.SkipUnless(File.Exists(file), "The module is not built.");
        Assert.Equal(["BrushEdit.PowerShell.InstallEditModelCommand"], Users(file, "BrushEdit.Installing.ModelInstaller", "InstallAsync").Distinct());
        Assert.Equal(["BrushEdit.PowerShell.InstallEditRuntimeCommand"], Users(file, "BrushEdit.Installing.RuntimeInstaller", "InstallAsync").Distinct());
        Assert.Empty(Users(file, "BrushEdit.Installing.HubClient"));
        Assert.Empty(Users(file, "BrushEdit.Installing.PackageClient"));
        Assert.Empty(Users(typeof(EditException).Assembly, "BrushEdit.Installing.ModelInstaller", ".ctor"));
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    private static IEnumerable<string> Users(Assembly assembly, string? type = null, string? member = null) => Users(assembly.Location, type, member);

    /// <summary>The types, outermost, whose methods name a type (null: any of the network's) or one of its members.</summary>
    private static IReadOnlyList<string> Users(string file, string? type = null, string? member = null)
    {
        using PEReader image = new(File.OpenRead(file));
        MetadataReader metadata = image.GetMetadataReader();
        HashSet<int> wanted = [];
        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference reference = metadata.GetMemberReference(handle);
            if (reference.Parent.Kind == HandleKind.TypeReference && IsWanted(Name((TypeReferenceHandle)reference.Parent)) && (member is null || metadata.GetString(reference.Name) == member))
            {
                wanted.Add(MetadataTokens.GetToken(handle));
            }
        }

        if (member is null)
        {
            wanted.UnionWith(metadata.TypeReferences.Where(handle => IsWanted(Name(handle))).Select(handle => MetadataTokens.GetToken(handle)));
        }
        else if (type is not null)
        {
            // A type of the assembly itself is named by definition.
            wanted.UnionWith(metadata.MethodDefinitions
                .Where(handle => metadata.GetString(metadata.GetMethodDefinition(handle).Name) == member && Outermost(metadata.GetMethodDefinition(handle).GetDeclaringType()) == type)
                .Select(handle => MetadataTokens.GetToken(handle)));
        }

        List<string> users = [];
        foreach (MethodDefinition method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
        {
            byte[] code = image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;

            // A token anywhere in the code is one that the code names: operands are not aligned.
            if (Enumerable.Range(0, Math.Max(0, code.Length - 3)).Any(at => wanted.Contains(BitConverter.ToInt32(code, at))))
            {
                users.Add(Outermost(method.GetDeclaringType()));
            }
        }

        return [.. users.Distinct().Where(user => user != type)];

        bool IsWanted(string name) => type is not null
            ? name == type
            : !Harmless.Contains(name) && Namespaces.Any(space => name.StartsWith(space + ".", StringComparison.Ordinal));

        string Name(TypeReferenceHandle handle)
        {
            TypeReference reference = metadata.GetTypeReference(handle);
            return $"{metadata.GetString(reference.Namespace)}.{metadata.GetString(reference.Name)}";
        }

        string Outermost(TypeDefinitionHandle handle)
        {
            TypeDefinition definition = metadata.GetTypeDefinition(handle);
            while (!definition.GetDeclaringType().IsNil)
            {
                definition = metadata.GetTypeDefinition(definition.GetDeclaringType());
            }

            return $"{metadata.GetString(definition.Namespace)}.{metadata.GetString(definition.Name)}";
        }
    }
}
