using System.Net;
using System.Text;
using BrushEdit.Installing;
using BrushEdit.Loading;
using BrushEdit.Tests.Loading;
using BrushEdit.Tests.Support;

namespace BrushEdit.Tests.Installing;

/// <summary>Installing from a hub on this machine: what goes right, and everything that can go wrong on the way.</summary>
public sealed class ModelInstallerTests : IDisposable
{
    private const string Weights = "model.safetensors";
    private const string Token = "hf_secret";

    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, byte[]> files;
    private readonly HubServer storage;
    private readonly HubServer hub;
    private readonly PublishedModel model;
    private readonly HubSettings settings;

    public ModelInstallerTests()
    {
        string source = folder["source"];
        FakeModels.Sam(source);
        files = new Dictionary<string, byte[]>
        {
            ["config.json"] = File.ReadAllBytes(Path.Combine(source, "config.json")),
            ["preprocessor_config.json"] = "{}"u8.ToArray(),
            [Weights] = Padded(File.ReadAllBytes(Path.Combine(source, Weights))),
            ["README.md"] = "Not needed."u8.ToArray(),
        };
        Directory.Delete(source, recursive: true);
        storage = new HubServer(files);
        hub = new HubServer(files, storage);
        model = Model();
        settings = new HubSettings { Endpoint = hub.Root, RetryDelay = TimeSpan.FromMilliseconds(1), Timeout = TimeSpan.FromSeconds(20), Token = Token };
    }

    private string Root => folder["models"];

    private string Part => ResumableDownload.PartOf(Path.Combine(Root, StagingFolder.Name, model.Name, Weights), new HubFile(files[Weights].Length, ContentDigest.Sha256(HubServer.Sha256(files[Weights]))));

    public void Dispose()
    {
        hub.Dispose();
        storage.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Only_the_files_needed_come_and_the_record_says_what_they_are()
    {
        string path = await Install();
        Assert.Equal(["config.json", "installed.json", Weights, "preprocessor_config.json"], Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
        InstallRecord record = InstallRecord.TryRead(path)!;
        Assert.Equal((HubServer.Commit, "owner/sam", "MIT"), (record.Commit, record.Repository, record.License));
        Assert.Equal(HubServer.Sha256(files[Weights]), record.Files.Single(file => file.Path == Weights).Sha256);
        Assert.Equal(HubServer.GitId(files["config.json"]), record.Files.Single(file => file.Path == "config.json").GitId);
        Assert.All(record.Files, file => Assert.Equal("hub", file.VerifiedBy));
        Assert.Equal(["tiny"], new ModelCatalog([Root]).List().Select(found => found.Name));
        Assert.Equal([path], Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public async Task What_is_there_is_left_alone_and_nobody_is_asked()
    {
        await Install();
        int asked = hub.Calls.Count;
        await new ModelInstaller(settings with { IsOffline = true }).InstallAsync(model, Root);
        Assert.Equal(asked, hub.Calls.Count);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_nobody_else()
    {
        await Install();
        Assert.All(hub.Calls, call => Assert.Equal($"Bearer {Token}", call.Authorization));
        Assert.NotEmpty(storage.Calls);
        Assert.All(storage.Calls, call => Assert.Null(call.Authorization));
    }

    [Fact]
    public async Task The_token_is_in_no_message()
    {
        hub.Instead = Status(401);
        EditException fault = await Fails(EditFault.ServiceFailed, "status 401");
        Assert.DoesNotContain(Token, fault.ToString());
    }

    [Fact]
    public void A_token_does_not_travel_in_the_clear()
    {
        EditException fault = Assert.Throws<EditException>(() => new HubClient(settings with { Endpoint = new Uri("http://hub.example.org") }));
        Assert.DoesNotContain(Token, fault.Message);
        Assert.Contains("unencrypted", fault.Message);
    }

    [Fact]
    public async Task A_broken_connection_is_gone_on_with_where_it_broke()
    {
        storage.Instead = async (call, response, _) =>
        {
            if (storage.CallsFor(Weights).Count() > 2)
            {
                return false;
            }

            await HubServer.BreakAsync(call, response, files[Weights], 100_000);
            return true;
        };
        string path = await Install();
        Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
        int[] starts = [.. storage.CallsFor(Weights).Select(call => call.From)];
        Assert.Equal(3, starts.Length);
        Assert.True(starts[0] == 0 && starts[1] > 0 && starts[2] > starts[1], string.Join(", ", starts));
    }

    [Fact]
    public async Task What_is_interrupted_is_no_model_and_the_next_run_goes_on()
    {
        using CancellationTokenSource stop = new();
        storage.Instead = async (call, response, cancellation) =>
        {
            response.ContentLength64 = files[Weights].Length;
            await response.OutputStream.WriteAsync(files[Weights].AsMemory(0, 200_000), cancellation);
            await response.OutputStream.FlushAsync(cancellation);
            await Task.Delay(Timeout.Infinite, cancellation);
            return true;
        };
        Task<string> install = new ModelInstaller(settings).InstallAsync(model, Root, cancellation: stop.Token);
        while (!install.IsCompleted && !(File.Exists(Part) && new FileInfo(Part).Length >= 200_000))
        {
            await Task.Delay(5);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => install);
        ModelListing listing = new ModelCatalog([Root]).Scan();
        Assert.Empty(listing.Models);
        Assert.Empty(listing.Problems);

        long kept = new FileInfo(Part).Length;
        storage.Instead = null;
        await Install();
        Assert.Equal(kept, storage.CallsFor(Weights).Last().From);
        Assert.Equal(["tiny"], new ModelCatalog([Root]).List().Select(found => found.Name));

        // The small files had come before and were not asked for again.
        Assert.Single(hub.CallsFor("config.json"));
    }

    [Fact]
    public async Task A_part_that_was_spoilt_is_brought_again_from_the_start()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, new byte[1000]);
        string path = await Install();
        Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
        Assert.Equal([1000, 0], storage.CallsFor(Weights).Select(call => call.From));
    }

    [Fact]
    public async Task A_part_of_another_content_is_not_gone_on_with()
    {
        string staging = Path.GetDirectoryName(Part)!;
        Directory.CreateDirectory(staging);
        File.WriteAllBytes(Path.Combine(staging, $"{Weights}.{new string('0', 16)}.part"), new byte[1000]);
        await Install();
        Assert.Equal(0, storage.CallsFor(Weights).Single().From);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(Root, "tiny")).Length);
    }

    [Fact]
    public async Task A_whole_part_needs_no_more_bytes()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, files[Weights]);
        await Install();
        Assert.Empty(storage.CallsFor(Weights));
    }

    [Fact]
    public async Task A_part_longer_than_the_file_is_begun_anew()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, new byte[files[Weights].Length + 1]);
        await Install();
        Assert.Equal(0, storage.CallsFor(Weights).Single().From);
    }

    [Theory]
    [InlineData(416)]
    [InlineData(200)]
    public async Task A_server_without_ranges_sends_all_of_it(int status)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, files[Weights][..1000]);
        storage.Instead = async (call, response, cancellation) =>
        {
            if (status == 416 && call.From > 0)
            {
                response.StatusCode = 416;
                return true;
            }

            await HubServer.SendAsync(call with { Range = null }, response, files[Weights], cancellation);
            return true;
        };
        string path = await Install();
        Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
    }

    [Fact]
    public async Task A_wrong_piece_is_not_taken()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, files[Weights][..1000]);
        storage.Instead = async (call, response, cancellation) =>
        {
            if (call.From == 0)
            {
                return false;
            }

            await HubServer.SendAsync(call with { Range = "bytes=500-" }, response, files[Weights], cancellation);
            return true;
        };
        string path = await Install();
        Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
    }

    [Fact]
    public async Task A_wrong_hash_removes_the_file()
    {
        storage.Files[Weights] = [.. files[Weights][..^1], (byte)~files[Weights][^1]];
        EditException fault = await Fails(EditFault.BadDownload, "differs from the published file");
        Assert.Contains(HubServer.Sha256(files[Weights]), fault.Message);
        Assert.False(File.Exists(Part));
        Assert.Empty(new ModelCatalog([Root]).List());

        // And the right one is taken afterwards.
        storage.Files[Weights] = files[Weights];
        await Install();
    }

    [Fact]
    public async Task A_small_file_is_verified_by_git_s_id()
    {
        hub.Declared["config.json"] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(files["config.json"]).Replace("sam", "SAM", StringComparison.Ordinal));
        Assert.Contains("Git id", (await Fails(EditFault.BadDownload, "config.json")).Message);
    }

    [Fact]
    public async Task What_the_list_has_confirmed_counts_more_than_the_hub_s_word()
    {
        PublishedModel known = Model(new PublishedFile(Weights, files[Weights].Length, sha256: new string('c', 64)));
        EditException fault = await Assert.ThrowsAsync<EditException>(() => new ModelInstaller(settings).InstallAsync(known, Root));
        Assert.Equal(EditFault.BadDownload, fault.Kind);
        Assert.Empty(storage.Calls);

        PublishedModel longer = Model(new PublishedFile(Weights, files[Weights].Length + 1));
        Assert.Contains("bytes", (await Assert.ThrowsAsync<EditException>(() => new ModelInstaller(settings).InstallAsync(longer, Root))).Message);

        PublishedModel right = Model(new PublishedFile(Weights, files[Weights].Length, sha256: HubServer.Sha256(files[Weights]).ToUpperInvariant()));
        string path = await new ModelInstaller(settings).InstallAsync(right, Root);
        Assert.Equal("list", InstallRecord.TryRead(path)!.Files.Single(file => file.Path == Weights).VerifiedBy);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_wrong_length_is_an_error(int by)
    {
        storage.Files[Weights] = by < 0 ? files[Weights][..^1] : [.. files[Weights], 0];
        await Fails(EditFault.BadDownload, $"{files[Weights].Length + by} bytes");
    }

    [Fact]
    public async Task A_longer_body_than_was_declared_is_cut_off()
    {
        storage.Instead = async (call, response, cancellation) =>
        {
            response.SendChunked = true;
            await response.OutputStream.WriteAsync(files[Weights], cancellation);
            await response.OutputStream.WriteAsync(new byte[100_000], cancellation);
            return true;
        };
        try
        {
            string path = await Install();
            Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
        }
        catch (EditException fault)
        {
            // Whether the surplus comes in the same piece as the end is the network's affair.
            Assert.Equal(EditFault.BadDownload, fault.Kind);
        }
    }

    [Fact]
    public async Task A_web_page_is_no_file()
    {
        storage.Instead = async (call, response, cancellation) =>
        {
            byte[] page = "<html>Please sign in</html>"u8.ToArray();
            response.ContentType = "text/html; charset=utf-8";
            response.ContentLength64 = page.Length;
            await response.OutputStream.WriteAsync(page, cancellation);
            return true;
        };
        EditException fault = await Fails(EditFault.ServiceFailed, "web page");
        Assert.DoesNotContain("sign in</html>", fault.Message);
    }

    [Theory]
    [InlineData(401, EditFault.ServiceFailed, HubSettings.TokenVariable)]
    [InlineData(403, EditFault.ServiceFailed, HubSettings.TokenVariable)]
    [InlineData(404, EditFault.NotFound, "https://huggingface.co/owner/sam")]
    [InlineData(429, EditFault.ServiceFailed, "Wait")]
    [InlineData(503, EditFault.ServiceFailed, "kept")]
    [InlineData(418, EditFault.ServiceFailed, HubSettings.EndpointVariable)]
    public async Task A_status_becomes_words(int status, EditFault kind, string remedy)
    {
        hub.Instead = Status(status);
        EditException fault = await Fails(kind, $"status {status}");
        Assert.Contains(remedy, fault.Remedy);
        Assert.Equal(status is 429 or 503 ? 1 + settings.Retries : 1, hub.Calls.Count);
    }

    [Fact]
    public async Task A_fault_that_passes_is_waited_out()
    {
        hub.Instead = (call, response, _) =>
        {
            if (call.Number is 0 or 2)
            {
                response.StatusCode = call.Number == 0 ? 503 : 429;
                response.AddHeader("Retry-After", "0");
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        };
        await Install();
    }

    [Fact]
    public async Task Without_progress_the_tries_end()
    {
        storage.Instead = async (call, response, _) =>
        {
            await HubServer.BreakAsync(call, response, files[Weights], 1);
            return true;
        };
        await Fails(EditFault.ServiceFailed, Weights);
        Assert.Equal(1 + settings.Retries, storage.Calls.Count);
    }

    [Fact]
    public async Task A_transfer_that_stands_still_is_broken_off()
    {
        storage.Instead = async (call, response, cancellation) =>
        {
            response.ContentLength64 = files[Weights].Length - call.From;
            await response.OutputStream.FlushAsync(cancellation);
            await Task.Delay(Timeout.Infinite, cancellation);
            return true;
        };
        EditException fault = await Assert.ThrowsAsync<EditException>(() =>
            new ModelInstaller(settings with { Timeout = TimeSpan.FromMilliseconds(300), Retries = 1 }).InstallAsync(model, Root));
        Assert.Equal(EditFault.ServiceFailed, fault.Kind);
    }

    [Fact]
    public async Task Nobody_there_says_so()
    {
        hub.Dispose();
        EditException fault = await Fails(EditFault.ServiceFailed, "cannot be reached");
        Assert.Contains("proxy", fault.Remedy);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public async Task A_circle_of_redirects_ends()
    {
        storage.Instead = (call, response, _) =>
        {
            response.StatusCode = 307;
            response.RedirectLocation = call.Path + "?again";
            return Task.FromResult(true);
        };
        await Fails(EditFault.ServiceFailed, "circle");
        Assert.Equal(2, storage.Calls.Count);
    }

    [Fact]
    public async Task An_endless_chain_of_redirects_ends()
    {
        storage.Instead = (call, response, _) =>
        {
            response.StatusCode = 302;
            response.RedirectLocation = $"{storage.Root}blob/{call.Number}";
            return Task.FromResult(true);
        };
        await Fails(EditFault.ServiceFailed, "circle");
        Assert.True(storage.Calls.Count <= 10);
    }

    [Theory]
    [InlineData("http://storage.example.org/file")]
    [InlineData("ftp://storage.example.org/file")]
    [InlineData("https://user:word@storage.example.org/file")]
    public async Task An_encrypted_address_leads_to_no_other_kind(string location)
    {
        using HubClient client = new(settings with { Endpoint = new Uri("https://hub.example.org") }, new Redirector(location));
        EditException fault = await Assert.ThrowsAsync<EditException>(() => client.OpenAsync(model, HubServer.Commit, Weights, 0, CancellationToken.None));
        Assert.Contains("not followed", fault.Message);
    }

    [Fact]
    public async Task A_listing_may_have_pages()
    {
        hub.PageSize = 1;
        await Install();
        Assert.Equal(files.Count, hub.Calls.Count(call => call.Path.Contains("/tree/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_listing_that_leads_elsewhere_is_not_followed()
    {
        hub.Instead = (call, response, _) =>
        {
            if (call.Path.Contains("/tree/", StringComparison.Ordinal))
            {
                response.AddHeader("Link", $"<{storage.Root}more>; rel=\"next\"");
            }

            return Task.FromResult(false);
        };
        await Fails(EditFault.ServiceFailed, "cannot be read");
        Assert.Empty(storage.Calls);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""[{"type": "file", "path": "config.json", "size": 1}]""")]
    [InlineData("""[{"type": "file", "path": "config.json", "size": 1, "oid": "xyz"}]""")]
    public async Task A_listing_that_is_none_is_an_error(string answer)
    {
        hub.Instead = async (call, response, cancellation) =>
        {
            if (!call.Path.Contains("/tree/", StringComparison.Ordinal))
            {
                return false;
            }

            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer), cancellation);
            return true;
        };
        await Fails(EditFault.ServiceFailed, "cannot be read");
    }

    [Fact]
    public async Task A_file_that_is_gone_is_named()
    {
        hub.Files.TryRemove("preprocessor_config.json", out _);
        await Fails(EditFault.NotFound, "preprocessor_config.json");
    }

    [Fact]
    public async Task A_pickle_under_another_name_is_refused()
    {
        byte[] pickle = [.. "PK\x03\x04"u8, .. new byte[500]];
        hub.Files[Weights] = storage.Files[Weights] = pickle;
        await Fails(EditFault.BadDownload, "pickled");
        Assert.Empty(Directory.GetFiles(Root, Weights + "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Weights_that_are_none_are_refused()
    {
        hub.Files[Weights] = storage.Files[Weights] = new byte[500];
        await Fails(EditFault.BadDownload, "not of the kind that its name indicates");
    }

    [Fact]
    public async Task Offline_means_offline()
    {
        EditException fault = await Assert.ThrowsAsync<EditException>(() => new ModelInstaller(settings with { IsOffline = true }).InstallAsync(model, Root));
        Assert.Contains(HubSettings.OfflineVariable, fault.Message);
        Assert.Empty(hub.Calls);
    }

    [Fact]
    public async Task Too_little_room_is_told_before_anything_comes()
    {
        ModelInstaller installer = new(settings) { FreeSpace = _ => 1000 };
        EditException fault = await Assert.ThrowsAsync<EditException>(() => installer.InstallAsync(model, Root));
        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Contains("1.00 kB left", fault.Message);
        Assert.Empty(storage.Calls);
    }

    [Fact]
    public async Task A_disk_that_fills_up_keeps_what_it_took()
    {
        ModelInstaller installer = new(settings) { OpenPart = path => new FullDisk(ResumableDownload.OpenFile(path), 150_000) };
        EditException fault = await Assert.ThrowsAsync<EditException>(() => installer.InstallAsync(model, Root));
        Assert.Equal(EditFault.CannotWrite, fault.Kind);
        Assert.Contains("disk is full", fault.Message);
        Assert.Equal(150_000, new FileInfo(Part).Length);
        await Install();
        Assert.Equal(150_000, storage.CallsFor(Weights).Last().From);
    }

    [Fact]
    public async Task A_real_disk_that_fills_up_keeps_what_it_took()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root may mount a small disk.");
        Directory.CreateDirectory(Root);
        Assert.SkipUnless(await Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", Root), "A small disk cannot be mounted here.");
        try
        {
            ModelInstaller installer = new(settings) { FreeSpace = _ => long.MaxValue };
            EditException fault = await Assert.ThrowsAsync<EditException>(() => installer.InstallAsync(model, Root));
            Assert.Contains("disk is full", fault.Message);
            long kept = new FileInfo(Part).Length;
            Assert.True(kept > 100_000);
            Assert.True(await Run("mount", "-o", "remount,size=4m", Root));
            await Install();
            Assert.Equal(kept, storage.CallsFor(Weights).Last().From);
        }
        finally
        {
            await Run("umount", Root);
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        File.WriteAllText(folder["models"], "a file");
        EditException fault = await Fails(EditFault.CannotWrite, "models");
        Assert.Contains("-Destination", fault.Remedy);
    }

    [Fact]
    public async Task What_the_user_has_put_there_is_not_touched()
    {
        FakeModels.Text(Path.Combine(Root, "tiny"), "mine.txt", "mine");
        await Fails(EditFault.CannotWrite, "not installed by this command");
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Root, "tiny", "mine.txt")));
    }

    [Fact]
    public async Task Two_at_once_do_not_write_the_same_parts()
    {
        TaskCompletionSource asked = new();
        TaskCompletionSource go = new();
        hub.Instead = async (_, _, _) =>
        {
            asked.TrySetResult();
            await go.Task;
            return false;
        };
        Task<string> first = Install();
        await asked.Task;
        EditException fault = await Fails(EditFault.CannotWrite, "another command");
        Assert.Contains("Wait", fault.Remedy);
        go.SetResult();
        await first;
    }

    [Fact]
    public async Task Verify_mends_what_is_wrong_and_nothing_else()
    {
        string path = await Install();
        byte[] spoilt = [.. files[Weights]];
        spoilt[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(path, Weights), spoilt);
        int before = hub.CallsFor("config.json").Count();
        await new ModelInstaller(settings).InstallAsync(model, Root);
        Assert.Equal(spoilt, File.ReadAllBytes(Path.Combine(path, Weights)));

        await new ModelInstaller(settings).InstallAsync(model, Root, check: true);
        Assert.Equal(files[Weights], File.ReadAllBytes(Path.Combine(path, Weights)));
        Assert.Equal(before, hub.CallsFor("config.json").Count());
        int asked = hub.Calls.Count;
        await new ModelInstaller(settings).InstallAsync(model, Root, check: true);
        Assert.Equal(asked, hub.Calls.Count);
    }

    [Fact]
    public async Task A_file_that_was_deleted_is_brought_back()
    {
        string path = await Install();
        File.Delete(Path.Combine(path, "preprocessor_config.json"));
        Assert.Null(ModelInstaller.Installed(model, Root));
        await Install();
        Assert.NotNull(ModelInstaller.Installed(model, Root));
        Assert.Single(storage.CallsFor(Weights));
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        List<InstallProgress> told = [];
        await new ModelInstaller(settings).InstallAsync(model, Root, progress: new Caller(at =>
        {
            lock (told)
            {
                told.Add(at);
            }
        }));
        Assert.Equal(InstallStage.Asking, told[0].Stage);
        Assert.Equal(told[^1].Total, told[^1].Done);
        Assert.Equal(files.Where(file => file.Key != "README.md").Sum(file => file.Value.Length), told[^1].Total);
        Assert.Equal(told.Select(at => at.Done).Order(), told.Select(at => at.Done));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("YES", true)]
    [InlineData("on", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void The_hub_s_variables_are_read(string offline, bool expected)
    {
        (string Name, string? Value)[] variables = [(HubSettings.OfflineVariable, offline), (HubSettings.TokenVariable, $" {Token}\n"), (HubSettings.EndpointVariable, "https://mirror.example.org/hub/")];
        string?[] before = [.. variables.Select(variable => Environment.GetEnvironmentVariable(variable.Name))];
        try
        {
            foreach ((string name, string? value) in variables)
            {
                Environment.SetEnvironmentVariable(name, value);
            }

            HubSettings read = HubSettings.FromEnvironment();
            Assert.Equal((expected, Token, "https://mirror.example.org/hub"), (read.IsOffline, read.Token, read.Endpoint.AbsoluteUri));
            Environment.SetEnvironmentVariable(HubSettings.EndpointVariable, "mirror");
            Assert.Throws<EditException>(HubSettings.FromEnvironment);
        }
        finally
        {
            foreach (((string name, _), string? value) in variables.Zip(before))
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }

    [Fact]
    public void The_hub_is_the_usual_one_where_no_variable_names_another() =>
        Assert.Equal("https://huggingface.co/", new HubSettings().Endpoint.AbsoluteUri);

    private Task<string> Install() => new ModelInstaller(settings).InstallAsync(model, Root);

    private async Task<EditException> Fails(EditFault kind, string message)
    {
        EditException fault = await Assert.ThrowsAsync<EditException>(Install);
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(message, fault.Message);
        Assert.NotNull(fault.Remedy);
        return fault;
    }

    private static PublishedModel Model(PublishedFile? weights = null) =>
        new("tiny", ModelKind.Sam, "owner/sam", "main", "MIT", [new PublishedFile("config.json"), new PublishedFile("preprocessor_config.json"), weights ?? new PublishedFile(Weights)]);

    private static Func<HubCall, HttpListenerResponse, CancellationToken, Task<bool>> Status(int status) => (_, response, _) =>
    {
        response.StatusCode = status;
        return Task.FromResult(true);
    };

    // A header may be padded with spaces: a file of some length that is still one.
    private static byte[] Padded(byte[] file)
    {
        const int padding = 600_000;
        long header = BitConverter.ToInt64(file);
        return [.. BitConverter.GetBytes(header + padding), .. file[8..(int)(8 + header)], .. Enumerable.Repeat((byte)' ', padding), .. file[(int)(8 + header)..]];
    }

    private static async Task<bool> Run(string program, params string[] arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private sealed class Caller(Action<InstallProgress> call) : IProgress<InstallProgress>
    {
        public void Report(InstallProgress value) => call(value);
    }

    private sealed class Redirector(string location) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = new(HttpStatusCode.Redirect);
            response.Headers.TryAddWithoutValidation("Location", location);
            return Task.FromResult(response);
        }
    }
}
