<?php
// Installs the test site once and gives each user a fresh application password; prints them as shell lines.
// Arguments: folder of the WordPress tree, port. It runs on the command line only and is never served.
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:' . $argv[2];
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

add_filter('pre_wp_mail', '__return_true'); // the test site sends no mail
if (!is_blog_installed()) {
    wp_install('Trang thử', 'admin', 'admin@example.test', false, '', wp_generate_password(24));
}
global $wp_rewrite;
$wp_rewrite->init();
$wp_rewrite->set_permalink_structure('/%postname%/');
flush_rewrite_rules(false);

$users = ['admin' => 'administrator', 'editor' => 'editor', 'author' => 'author', 'contributor' => 'contributor'];
foreach ($users as $login => $role) {
    $id = username_exists($login);
    if (!$id) {
        $id = wp_insert_user(['user_login' => $login, 'user_email' => "$login@example.test", 'role' => $role,
            'user_pass' => wp_generate_password(24)]);
    }
    WP_Application_Passwords::delete_all_application_passwords($id);
    $made = is_wp_error($id) ? $id : WP_Application_Passwords::create_new_application_password($id, ['name' => 'loa']);
    if (is_wp_error($made)) {
        fwrite(STDERR, $login . ': ' . $made->get_error_message() . "\n");
        exit(1);
    }
    echo 'LOA_WP_' . strtoupper($login) . "='" . WP_Application_Passwords::chunk_password($made[0]) . "'\n";
}
